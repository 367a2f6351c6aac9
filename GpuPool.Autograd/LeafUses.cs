namespace GpuPool.Autograd;

/// <summary>Counts what a backward pass has still to visit of the nodes that use a leaf, and tells of the leaf after the last one.</summary>
internal sealed class LeafUses
{
    private readonly Dictionary<Tensor, int> _left = [];
    private readonly Action<Tensor> _whenFinal;

    public LeafUses(Node root, Action<Tensor> whenFinal)
    {
        _whenFinal = whenFinal;
        HashSet<Node> seen = [root];
        Stack<Node> open = new([root]);
        while (open.TryPop(out Node? node))
        {
            foreach (Tensor input in node.Inputs)
            {
                if (input.Source is { } source)
                {
                    if (seen.Add(source))
                        open.Push(source);
                }
                else if (input.RequiresGradient)
                    _left[input] = _left.GetValueOrDefault(input) + 1;
            }
        }
    }

    /// <summary>A node was visited.</summary>
    public void End(Node node)
    {
        foreach (Tensor input in node.Inputs)
        {
            if (_left.TryGetValue(input, out int left) && (_left[input] = left - 1) == 0)
                Tell(input);
        }
    }

    /// <summary>The pass is over: nodes that no gradient has reached are not visited any more.</summary>
    public void EndAll()
    {
        foreach ((Tensor leaf, _) in _left.Where(entry => entry.Value > 0))
            Tell(leaf);
    }

    private void Tell(Tensor leaf)
    {
        if (leaf.Gradient is not null)
            _whenFinal(leaf);
    }
}
