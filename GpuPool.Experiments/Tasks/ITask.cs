using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Experiments.Tasks;

/// <summary>
/// What is learnt from a data set: how pictures are put together to batches, what is minimised and how well the task is done. Training, tests and logs ask it and
/// know no more.
/// </summary>
internal interface ITask
{
    /// <summary>Extents of the data set.</summary>
    DataExtents Data { get; }

    /// <summary>Batches in an epoch of training.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: there is not one.</exception>
    int Steps { get; }

    /// <summary>The batches of an epoch of training, from one on.</summary>
    /// <exception cref="GpuPoolException">A picture could not be read; the message names its file.</exception>
    IEnumerable<Batch> Train(int epoch, int firstBatch = 0);

    /// <summary>The batches of a test: every test picture once.</summary>
    /// <inheritdoc cref="Train" path="/exception"/>
    IEnumerable<Batch> Test();

    /// <summary>Output and loss of a network for one of these batches.</summary>
    Outcome Forward(Device device, Network network, Batch batch);

    /// <summary>What training shows of a batch, the loss that is minimised first: read from the device.</summary>
    Means Measure(Batch batch, Outcome outcome);

    /// <summary>Begins a test, which is shown the outcome of every test batch.</summary>
    ITest BeginTest();
}

/// <summary>Gathers what a test shows.</summary>
internal interface ITest
{
    /// <summary>Losses and score of what was gathered. The best epoch of a run is that of the largest score.</summary>
    Measures Result { get; }

    /// <summary>Gathers the outcome of a batch.</summary>
    void Add(Batch batch, Outcome outcome);
}
