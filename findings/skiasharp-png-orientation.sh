#!/usr/bin/env bash
# SkiaSharp 3.119.4: SKCodec.EncodedOrigin knows the EXIF orientation of JPEG and WebP files, and not that of PNG files.
#
# Guess before the run: one EXIF block means the same in every format; PNG has had its eXIf chunk since 2017 (and in the specification's third edition since 2025),
# and Skia's PNG codec passes over ancillary chunks without harm, so EncodedOrigin is RightTop for all three.
# Seen: RightTop for JPEG and WebP, TopLeft for PNG, whether the chunk stands before or behind the picture. A reader that applies EncodedOrigin turns photographs of
# two formats upright and leaves those of the third lying.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="SkiaSharp" Version="[3.119.4]" />
    <PackageReference Include="SkiaSharp.NativeAssets.Linux.NoDependencies" Version="[3.119.4]" />
    <PackageReference Include="System.IO.Hashing" Version="[10.0.0]" />
  </ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Buffers.Binary;
using System.IO.Hashing;
using SkiaSharp;

// Little-endian TIFF: one directory with one entry, orientation 6, "turn right to see it upright".
byte[] exif = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
using var picture = new SKBitmap(8, 4);
picture.Erase(SKColors.Red);

byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg);
byte[] application = [.. "Exif\0\0"u8, .. exif];
Print("JPEG", [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(application.Length + 2), .. application, .. jpeg[2..]]);

// The lossy WebP becomes an extended one: VP8X with the EXIF flag, the picture, the EXIF chunk; all of even length.
byte[] webp = Encode(SKEncodedImageFormat.Webp)[12..];
byte[] body = [.. "WEBP"u8, .. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 3, 0, 0, .. webp, .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
byte[] length = new byte[4];
BinaryPrimitives.WriteInt32LittleEndian(length, body.Length);
Print("WebP", [.. "RIFF"u8, .. length, .. body]);

byte[] png = Encode(SKEncodedImageFormat.Png), chunk = Chunk("eXIf"u8, exif);
Print("PNG, eXIf before the picture", [.. png[..33], .. chunk, .. png[33..]]);
Print("PNG, eXIf behind the picture", [.. png[..^12], .. chunk, .. png[^12..]]);

byte[] Encode(SKEncodedImageFormat format)
{
    using SKData data = picture.Encode(format, 80);
    return data.ToArray();
}

static void Print(string name, byte[] file)
{
    using SKCodec codec = SKCodec.Create(new MemoryStream(file));
    Console.WriteLine($"{name}: {codec.Info.Width} x {codec.Info.Height}, {codec.EncodedOrigin}");
}

static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
{
    byte[] length = new byte[4], check = new byte[4], body = [.. type, .. content];
    BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
    BinaryPrimitives.WriteUInt32BigEndian(check, Crc32.HashToUInt32(body));
    return [.. length, .. body, .. check];
}
X
dotnet run -c Release | tee output
diff output - <<'X' || { echo "the finding has changed"; exit 1; }
JPEG: 8 x 4, RightTop
WebP: 8 x 4, RightTop
PNG, eXIf before the picture: 8 x 4, TopLeft
PNG, eXIf behind the picture: 8 x 4, TopLeft
X
echo "as found"
