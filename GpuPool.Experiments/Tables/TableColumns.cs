using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>What the CSV files of a table have of a cell and of an epoch: accuracies, or the precisions of a detector.</summary>
internal abstract class TableColumns
{
    /// <summary>Accuracies of a classifier.</summary>
    public static TableColumns Accuracy { get; } = new Columns<TableRow, CurveRow>(TableRow.Empty, CurveRow.Of);

    /// <summary>Average precisions of a detector.</summary>
    public static TableColumns Precision { get; } = new Columns<PrecisionRow, PrecisionCurveRow>(PrecisionRow.Empty, PrecisionCurveRow.Of);

    /// <summary>The row of a cell that was not run.</summary>
    public abstract CellRow Empty(ITable table, TableCell cell, TablePreset preset);

    /// <summary>The row of an epoch of a run of a cell.</summary>
    public abstract EpochRow Epoch(CellRow cell, ulong seed, EpochRecord epoch);

    /// <summary>The rows of a file, see <see cref="CsvFile.Read"/>.</summary>
    public abstract IReadOnlyList<CellRow> ReadCells(string path, Func<CellRow, CsvFault?> check);

    /// <summary>The epochs of a file, see <see cref="CsvFile.Read"/>.</summary>
    public abstract IReadOnlyList<EpochRow> ReadEpochs(string path, Func<EpochRow, CsvFault?> check);

    private sealed class Columns<TCell, TEpoch>(Func<ITable, TableCell, TablePreset, TCell> empty, Func<CellRow, ulong, EpochRecord, TEpoch> epoch) : TableColumns
        where TCell : CellRow where TEpoch : EpochRow
    {
        public override CellRow Empty(ITable table, TableCell cell, TablePreset preset) => empty(table, cell, preset);

        public override EpochRow Epoch(CellRow cell, ulong seed, EpochRecord record) => epoch(cell, seed, record);

        public override IReadOnlyList<CellRow> ReadCells(string path, Func<CellRow, CsvFault?> check) => CsvFile.Read<TCell>(path, check);

        public override IReadOnlyList<EpochRow> ReadEpochs(string path, Func<EpochRow, CsvFault?> check) => CsvFile.Read<TEpoch>(path, check);
    }
}
