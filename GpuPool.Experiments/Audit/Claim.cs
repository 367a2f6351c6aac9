namespace GpuPool.Experiments.Audit;

/// <summary>What was found of a claim.</summary>
public enum Verdict
{
    /// <summary>It is so here, too.</summary>
    Holds,

    /// <summary>It is otherwise here.</summary>
    DoesNotHold,

    /// <summary>It needs an experiment of the paper's size.</summary>
    NotTestedHere,
}

/// <summary>A claim of the paper, recomputed.</summary>
/// <param name="Text">What is claimed, in our words.</param>
/// <param name="Paper">The paper's number.</param>
/// <param name="Ours">Ours.</param>
/// <param name="Verdict">What follows.</param>
/// <param name="Command">What computes ours.</param>
internal sealed record Claim(string Text, string Paper, string Ours, Verdict Verdict, string Command)
{
    /// <summary>The verdict as it is written: <c>holds</c>, <c>does not hold</c>, <c>not tested here</c>.</summary>
    public string VerdictText => Verdict switch { Verdict.Holds => "holds", Verdict.DoesNotHold => "does not hold", _ => "not tested here" };
}
