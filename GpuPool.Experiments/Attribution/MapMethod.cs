using System.Text.Json.Serialization;

namespace GpuPool.Experiments.Attribution;

/// <summary>How a layer's map becomes a picture of where the network looks.</summary>
internal enum MapMethod
{
    /// <summary>Grad-CAM, as in the paper's figure.</summary>
    GradCam,

    /// <summary>Grad-CAM++.</summary>
    [JsonStringEnumMemberName("gradcam++")]
    GradCamPlusPlus,

    /// <summary>Score-CAM.</summary>
    ScoreCam,

    /// <summary>The weights pi(x) themselves, the paper's "directly".</summary>
    Pi,
}
