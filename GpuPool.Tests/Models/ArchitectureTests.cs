using CsCheck;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

public sealed class ArchitectureTests
{
    private static readonly Gen<PoolingChoice> _choices =
        from method in Gen.Int[0, PoolingMethod.All.Count - 1].Select(index => PoolingMethod.All[index])
        from twoHeads in Gen.Bool
        from unnormalised in Gen.Bool
        from patches in Gen.Enum<PatchSchedule>()
        from bilinear in Gen.Bool
        from layerNorm in Gen.Bool
        from residual in Gen.Bool
        select method.IsSelfAttentive ? new PoolingChoice(method, twoHeads, unnormalised, patches, bilinear, layerNorm, residual) : new PoolingChoice(method);

    private static readonly Gen<Prepool?> _prepools =
        from present in Gen.Bool
        from choice in _choices
        from stride in Gen.Int[2, 16]
        select present && !choice.Method.IsStrided && choice.Patches < PatchSchedule.Reduced0211 ? new Prepool(choice, stride) : null;

    private static readonly Gen<Architecture> _architectures =
        from family in Gen.Int[0, BackboneFamily.All.Count - 1].Select(index => BackboneFamily.All[index])
        from placement in Gen.Int[0, family.Words.Count - 1].Select(index => family.Words[index].Placement)
        from choice in _choices
        from strides in Gen.Int[1, 9].Array[family.Places]
        from prepool in _prepools
        from sides in Gen.Int[0, 1].Select(side => 1 + 2 * side).Array[family.Means]
        let stem = family.HasStem ? prepool : null
        let firstStageIsPatchless = choice.Patches >= PatchSchedule.Reduced0211
        let pooling = !family.Patches.ContainsKey(choice.Patches) ? choice with { Patches = PatchSchedule.Reduced } : choice
        select new Architecture(family, placement, pooling, firstStageIsPatchless ? [1, .. strides[1..]] : strides, stem, pooling.Method.TakesStepOne ? sides : null);

    [Test]
    public void Every_architecture_is_read_back_from_its_label() =>
        _architectures.Sample(architecture => Architecture.Parse(architecture.ToString()) == architecture, iter: 2000, seed: "0N0XIzNsQ0O2");

    [TestCase("mobilenet_v2-nlp_headfix2-1222121")]
    [TestCase("mobilenet-skip-4222121")]
    [TestCase("resnet18_v2-gaussian_pool-1222")]
    [TestCase("resnet18-nlp_headfix2_nowin_reduced-1222")]
    [TestCase("resnet18-nlp_reduced0842-1222")]
    [TestCase("mobilenet-lip_original_bottleneck-1222121")]
    [TestCase("resnet18-nlp_headfix2_bilinear_layernorm_residual-1222")]
    [TestCase("prepool-nlp_headfix2-4-resnet18-nlp_headfix2-1222")]
    public void Labels_of_the_released_code_are_kept_as_they_are(string label) =>
        Assert.That(Architecture.Parse(label).ToString(), Is.EqualTo(label));

    [Test]
    public void Digits_that_leave_every_mean_as_it_is_are_left_out() =>
        Assert.That(Architecture.Parse("inception_v3-lip-2222111111111"), Is.EqualTo(Architecture.Parse("inception_v3-lip-2222")));

    [Test]
    public void Options_may_stand_in_any_order() =>
        Assert.That(Architecture.Parse("resnet18-nlpnope_reduced_nowin_headfix2-1222"), Is.EqualTo(Architecture.Parse("resnet18-nlpnope_headfix2_nowin_reduced-1222")));

    [TestCase("resnet19-nlp-1222", "unknown backbone 'resnet19'; known are resnet18, resnet18_v2, resnet18_original, mobilenet, mobilenet_v2, vgg16_bn, densenet121, inception_v3")]
    [TestCase("resnet18-nlq-1222", "unknown pooling method 'nlq'; known are skip, maxp, avgp, lip, lip_original, lip_original_bottleneck, gaussian_pool,")]
    [TestCase("resnet18-lip_nowin-1222", "unknown pooling method 'lip_nowin'")]
    [TestCase("resnet18-nlp_window-1222", "option 'window' of 'nlp_window' is unknown or repeats another; known are headfix2, nowin")]
    [TestCase("resnet18-nlp_reduced_reduced0842-1222", "option 'reduced0842' of")]
    [TestCase("resnet18-nlp_nowin_nowin-1222", "option 'nowin' of")]
    [TestCase("resnet18-nlp-1222121", "the strides of resnet18 must be 4 digits from 1 to 9, one a stage, but are '1222121'")]
    [TestCase("resnet18-nlp-1202", "must be 4 digits from 1 to 9")]
    [TestCase("resnet18-nlp-12 2", "the strides must be digits, but are '12 2'")]
    [TestCase("mobilenet-nlp_reduced0842-1222121", "needs resnet18 or resnet18_v2 or resnet18_original with stride 1")]
    [TestCase("resnet18-nlp_reduced0211-2222", "needs resnet18 or resnet18_v2 or resnet18_original with stride 1")]
    [TestCase("prepool-maxp-2-vgg16_bn-maxp-22222", "vgg16_bn has no stem that down-samples, and so takes no prepool")]
    [TestCase("densenet121-maxp-222", "the strides of densenet121 must be 4 digits from 1 to 9")]
    [TestCase("inception_v3-lip-222", "the strides of inception_v3 must be 4 digits from 1 to 9")]
    [TestCase("inception_v3-lip-222233", "behind its 4 strides inception_v3 takes 9 digits, each 1 for the mean that it has or 3 for the method, but they are '33'")]
    [TestCase("inception_v3-lip-2222333333332", "each 1 for the mean that it has or 3 for the method, but they are '333333332'")]
    [TestCase("inception_v3-rnnpool-2222111111113", "'rnnpool' sweeps whole patches, so that with step 1 the map would lose its border: leave out the 9 digits behind the strides")]
    [TestCase("prepool-skip-4-resnet18-nlp-1222", "'skip' is not for a prepool")]
    [TestCase("prepool-cap-4-resnet18-cap-1222", "'cap' is not for a prepool")]
    [TestCase("prepool-nlp-1-resnet18-nlp-1222", "the stride of the prepool must be from 2 to 16, but is 1")]
    [TestCase("", "the form is [prepool-POOL-STRIDE-]BACKBONE-POOL-STRIDES")]
    [TestCase("resnet18-nlp", "the form is [prepool-POOL-STRIDE-]BACKBONE-POOL-STRIDES")]
    public void A_wrong_label_is_named_with_what_would_be_right(string label, string reason) =>
        Assert.That(() => Architecture.Parse(label),
            Throws.TypeOf<ArchitectureException>().With.Message.StartsWith($"architecture '{label}': ").And.Message.Contains(reason));
}
