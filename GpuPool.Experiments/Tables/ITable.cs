using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>A table of the paper as a declaration: it says what its cells are and how each is trained. <see cref="TableRunner"/> does the work.</summary>
internal interface ITable
{
    /// <summary>Name on the command line and of its files.</summary>
    string Id { get; }

    /// <summary>What the table shows.</summary>
    string Title { get; }

    /// <summary>The cells in the order of the paper.</summary>
    IReadOnlyList<TableCell> Cells { get; }

    /// <summary>Kind of data set that a bare folder given with <c>--data</c> holds.</summary>
    string DatasetKind { get; }

    /// <summary>Whether each cell has generated pictures of its own, at every preset, and none are given.</summary>
    bool MakesItsPictures => false;

    /// <summary>Whether <c>reproduce all</c> runs it: the tables of the paper, and what is as short.</summary>
    bool IsPartOfAll => true;

    /// <summary>Whether the weights of smoke runs are kept, because something is made of them.</summary>
    bool KeepsWeights => false;

    /// <summary>What its CSV files show of a cell.</summary>
    TableColumns Columns => TableColumns.Accuracy;

    /// <summary>How a cell is trained.</summary>
    /// <param name="cell">One of <see cref="Cells"/>.</param>
    /// <param name="preset">How much of the experiment.</param>
    /// <param name="data">Source of the images.</param>
    /// <param name="seed">Seed of the run.</param>
    TrainingConfig Configure(TableCell cell, TablePreset preset, string data, ulong seed);
}
