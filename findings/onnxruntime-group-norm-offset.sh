#!/usr/bin/env bash
# ONNX Runtime 1.31.1, CPU: GroupNormalization (opset 21) of values about 4096 is 224 times too large; LayerNormalization and InstanceNormalization of the very
# same row are right.
#
# Guess before the run: with one group of one channel all three are the same mathematics, so they agree to 1e-3 wherever float32 holds the deviations exactly,
# as it does here (4095, 4096, 4097).
# Seen: at a mean of 0, 64 and 512 they agree. At 4096 GroupNormalization gives +-316 instead of +-1.414, which is 1/sqrt(epsilon): its variance came out as 0.
# It has no kernel of its own: the standard's expansion subtracts the square of the mean from the mean of the squares, in float32 (stash_type 1).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Microsoft.ML.OnnxRuntime" Version="[1.31.1]" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Globalization;
using System.Text;
using Microsoft.ML.OnnxRuntime;

foreach (float mean in new[] { 0f, 64, 512, 4096 })
{
    foreach (string norm in new[] { "LayerNormalization", "InstanceNormalization", "GroupNormalization" })
        Console.WriteLine(FormattableString.Invariant($"{mean} {norm} {Largest(mean, norm):0.##}"));
}

// The largest of a row of -1, 0, 0, 1, -1, 0, 0, 1 about a mean, normalised: sqrt(2).
static float Largest(float mean, string norm)
{
    long[] shape = [1, 1, 8];
    bool isGroup = norm == "GroupNormalization", isLayer = norm == "LayerNormalization";
    int extent = isLayer ? 8 : 1;
    byte[] attribute = isGroup ? Field(5, [.. Text(1, "num_groups"), .. Number(3, 1), .. Number(20, 2)]) : [];
    byte[] node = Field(1, [.. Text(1, "x"), .. Text(1, "scale"), .. Text(1, "bias"), .. Text(2, "y"), .. Text(4, norm), .. attribute]);
    byte[] graph = [.. node, .. Text(2, "graph"), .. Constant("scale", extent, 1), .. Constant("bias", extent, 0), .. Field(11, Value("x", shape)), .. Field(12, Value("y", shape))];
    byte[] model = [.. Number(1, 9), .. Field(8, [.. Text(1, ""), .. Number(2, 21)]), .. Field(7, graph)];
    using var session = new InferenceSession(model);
    using var x = OrtValue.CreateTensorValueFromMemory(new[] { -1f, 0, 0, 1, -1, 0, 0, 1 }.Select(value => value + mean).ToArray(), shape);
    using var run = new RunOptions();
    using var outputs = session.Run(run, ["x"], [x], ["y"]);
    return outputs[0].GetTensorDataAsSpan<float>().ToArray().Max();
}

// The few messages of ONNX's protocol buffers that this needs.
static byte[] Constant(string name, int extent, float value) =>
    Field(5, [.. Number(1, extent), .. Number(2, 1), .. Text(8, name), .. Field(9, Enumerable.Repeat(value, extent).SelectMany(BitConverter.GetBytes).ToArray())]);
static byte[] Value(string name, long[] shape) =>
    [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, 1), .. Field(2, shape.SelectMany(extent => Field(1, Number(1, extent))).ToArray())]))];
static byte[] Text(int field, string value) => Field(field, Encoding.UTF8.GetBytes(value));
static byte[] Field(int field, byte[] value) => [.. Bytes(field << 3 | 2), .. Bytes(value.Length), .. value];
static byte[] Number(int field, long value) => [.. Bytes(field << 3), .. Bytes(value)];
static byte[] Bytes(long value) => value < 128 ? [(byte)value] : [(byte)(value & 127 | 128), .. Bytes(value >> 7)];
X
dotnet run -c Release | tee output
diff output - <<'X' || { echo "the finding has changed"; exit 1; }
0 LayerNormalization 1.41
0 InstanceNormalization 1.41
0 GroupNormalization 1.41
64 LayerNormalization 1.41
64 InstanceNormalization 1.41
64 GroupNormalization 1.41
512 LayerNormalization 1.41
512 InstanceNormalization 1.41
512 GroupNormalization 1.41
4096 LayerNormalization 1.41
4096 InstanceNormalization 1.41
4096 GroupNormalization 316.23
X
echo "as found"
