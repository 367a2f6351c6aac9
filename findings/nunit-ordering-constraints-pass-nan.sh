#!/usr/bin/env bash
# NUnit 5.0.0: Is.LessThan and Is.LessThanOrEqualTo let NaN pass, although NaN < x is false in C#.
#
# Guess before the run: NaN is in no order with anything, so Is.LessThanOrEqualTo(tolerance) fails for NaN, as the operator <= does.
# Seen: Is.LessThan, Is.LessThanOrEqualTo and Is.Negative pass. They go through IComparable.CompareTo, where double.NaN comes before every number: NaN "is less
# than" 1e-6, and a test of an error against a tolerance cannot fail on NaN. Is.GreaterThan and Is.InRange fail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="NUnit" Version="[5.0.0]" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using NUnit.Framework;
using NUnit.Framework.Constraints;

foreach ((string name, IResolveConstraint constraint) in new (string, IResolveConstraint)[]
{
    ("NaN < 1e-6", Is.LessThan(1e-6)), ("NaN <= 1e-6", Is.LessThanOrEqualTo(1e-6)), ("NaN > 1e-6", Is.GreaterThan(1e-6)), ("NaN >= 1e-6", Is.GreaterThanOrEqualTo(1e-6)),
    ("NaN in [0, 1]", Is.InRange(0.0, 1.0)), ("NaN negative", Is.Negative),
})
    Console.WriteLine($"{name}: {constraint.Resolve().ApplyTo(double.NaN).IsSuccess}");
X
dotnet run -c Release | tee output
diff output - <<'X' || { echo "the finding has changed"; exit 1; }
NaN < 1e-6: True
NaN <= 1e-6: True
NaN > 1e-6: False
NaN >= 1e-6: False
NaN in [0, 1]: False
NaN negative: True
X
echo "as found"
