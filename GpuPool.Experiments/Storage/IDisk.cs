namespace GpuPool.Experiments.Storage;

/// <summary>The few calls by which files are written, so that tests can let each of them fail.</summary>
internal interface IDisk
{
    /// <summary>Makes an empty file to write to; one that was there is emptied.</summary>
    Stream Create(string path);

    /// <summary>Returns when everything written to a stream of <see cref="Create"/> is on the disk.</summary>
    void Flush(Stream stream);

    /// <summary>Gives a file another name in one indivisible step; a file that had it is replaced.</summary>
    void Rename(string path, string newPath);

    /// <summary>Removes a file.</summary>
    void Delete(string path);

    /// <summary>Returns when the names in a folder are on the disk.</summary>
    void FlushFolder(string path);
}
