namespace GpuPool.Experiments;

/// <summary>What the program's exit status means. The numbers are stable: scripts depend on them.</summary>
public enum ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    Done = 0,

    /// <summary>The work ran, and a check of its result failed.</summary>
    CheckFailed = 1,

    /// <summary>The command line could not be understood.</summary>
    Usage = 2,

    /// <summary>The command line was understood, and asks for something that does not exist or does not fit together.</summary>
    Configuration = 3,

    /// <summary>A data file or folder is not there.</summary>
    DataMissing = 10,

    /// <summary>A data file is there, and is not what its name or its neighbours say.</summary>
    DataCorrupt = 11,

    /// <summary>The device or the host has too little memory for the request.</summary>
    OutOfMemory = 12,

    /// <summary>The device asked for is not present or not usable.</summary>
    NoDevice = 13,

    /// <summary>A result could not be written.</summary>
    NotWritable = 15,

    /// <summary>Training left the finite numbers.</summary>
    Diverged = 20,

    /// <summary>A defect of this program.</summary>
    Internal = 70,

    /// <summary>Stopped by the user, with the state saved.</summary>
    Interrupted = 130,
}
