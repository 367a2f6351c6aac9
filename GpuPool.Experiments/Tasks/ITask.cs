using GpuPool.Autograd;
using GpuPool.Experiments.Data;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Safetensors;

namespace GpuPool.Experiments.Tasks;

/// <summary>
/// What is learnt from a data set, and by what: the module, how pictures are put together to batches, what is minimised and how well the task is done. Training, tests
/// and logs ask it and know no more.
/// </summary>
internal interface ITask
{
    /// <summary>Extents of the data set.</summary>
    DataExtents Data { get; }

    /// <summary>The classes in the order of their labels.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>Shape of the largest input that a picture becomes: (1, rows, columns, 3).</summary>
    Shape LargestPicture { get; }

    /// <summary>What the module costs for such a picture.</summary>
    /// <exception cref="ShapeException">The picture does not fit the module.</exception>
    Cost Cost { get; }

    /// <summary>Batches in an epoch of training.</summary>
    /// <exception cref="GpuPoolException"><see cref="ExitCode.Configuration"/>: there is not one.</exception>
    int Steps { get; }

    /// <summary>The batches of an epoch of training, from one on.</summary>
    /// <exception cref="GpuPoolException">A picture could not be read; the message names its file.</exception>
    IEnumerable<Batch> Train(int epoch, int firstBatch = 0);

    /// <summary>The batches of a test: every test picture once.</summary>
    /// <inheritdoc cref="Train" path="/exception"/>
    IEnumerable<Batch> Test();

    /// <summary>A module that can learn the task, without memory.</summary>
    /// <param name="weights">What will be loaded into it: pruning may have left fewer channels there. Null for the whole module.</param>
    Module Create(SafetensorsFile? weights = null);

    /// <summary>The loss of a module that the task made, for a batch of training.</summary>
    /// <param name="module">The module.</param>
    /// <param name="batch">The batch; its pixels are not read.</param>
    /// <param name="images">Its pixels on the device.</param>
    Outcome Forward(Module module, Batch batch, Tensor images);

    /// <summary>What training shows of a batch, the loss that is minimised first: read from the device.</summary>
    Means Measure(Batch batch, Outcome outcome);

    /// <summary>Begins a test of such a module, which is given every test batch.</summary>
    ITest BeginTest(Device device, Module module);
}

/// <summary>Gathers what a test shows.</summary>
internal interface ITest
{
    /// <summary>Losses, where a test has any, and score of what was gathered. The best epoch of a run is that of the largest score.</summary>
    Measures Result { get; }

    /// <summary>Gathers what the module makes of a batch.</summary>
    void Add(Batch batch);
}
