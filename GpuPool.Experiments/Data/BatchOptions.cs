namespace GpuPool.Experiments.Data;

/// <summary>How <see cref="BatchLoader{TBatch}"/> deals a data set out.</summary>
/// <param name="BatchSize">Pictures in a batch. Default 8, the paper's.</param>
/// <param name="Training">True: new order in each epoch, and a last batch that is not full is left out (batch norm). False: stored order, and every
/// picture once.</param>
/// <param name="Seed">Decides orders, crops and flips, together with epoch and picture.</param>
/// <param name="Passes">An epoch is so many passes over the pictures, each in an order and with draws of its own: the same batches as so many epochs of one pass.</param>
/// <param name="Threads">Background threads. Default 1: the training step wants the others. No number in a batch depends on it.</param>
/// <param name="Ahead">Batches prepared before they are asked for, at most.</param>
/// <param name="Rank">Number of this process among those that deal out one order together: each step takes a batch for every process.</param>
/// <param name="Ranks">Number of these processes.</param>
public sealed record BatchOptions(int BatchSize = 8, bool Training = true, ulong Seed = 0, int Passes = 1, int Threads = 1, int Ahead = 4, int Rank = 0, int Ranks = 1);
