using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class StateDictTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Wrapped => new()
    {
        { "beside numbers", "w" },
        { "state_dict and optimizer", "w" },
        { "model inside state", "w" },
        { "state_dict is taken before others", "w" },
        { "any single mapping", "w" },
        { "beside the last loss", "w" },
        { "beside a dtype and a device", "w" },
        { "beside a Namespace", "w" },
        { "beside an enum of a class", "w" },
        { "beside a number of NumPy", "w" },
        { "beside an array of NumPy", "w" },
        { "beside an object with arguments by name", "w" },
        { "beside a dict class with items", "w" },
        { "beside the state of a generator", "w" },
        { "beside a long text", "w" },
        { "in a defaultdict", "w" },
    };

    [Theory, MemberData(nameof(Wrapped))]
    public void Weights_are_found_inside_what_training_scripts_write(string form, string name)
    {
        using var checkpoint = Checkpoint.Open(Write(form switch
        {
            "beside numbers" => new PickleBuilder().Raw("}("u8).Text("epoch").Integer(3).Text("best").Raw("N"u8)
                .Text("w").Raw(Tensor()).Raw("u."u8),
            "state_dict and optimizer" => new PickleBuilder().Raw("}("u8).Text("optimizer").Raw(Optimizer())
                .Text("state_dict").Raw(Weights()).Raw("u."u8),
            "model inside state" => new PickleBuilder().Raw("}("u8).Text("module").Raw("}("u8).Text("model")
                .Raw(Weights()).Raw("uu."u8),
            "state_dict is taken before others" => new PickleBuilder().Raw("}("u8).Text("averages").Raw(Weights("x"))
                .Text("state_dict").Raw(Weights()).Raw("u."u8),
            "any single mapping" => new PickleBuilder().Raw("}("u8).Text("glide").Raw(Weights()).Text("args").Raw("}"u8)
                .Raw("u."u8),
            "beside the last loss" => new PickleBuilder().Raw("}("u8).Text("loss").Raw(Tensor()).Text("model")
                .Raw(Weights()).Raw("u."u8),
            "beside a dtype and a device" => new PickleBuilder().Raw("}("u8).Text("dtype").Global("torch", "float32")
                .Text("device").Global("torch", "device").Text("cpu").Raw(0x85).Raw("R"u8).Text("w").Raw(Tensor())
                    .Raw("u."u8),
            "beside a Namespace" => Beside(new PickleBuilder().Global("argparse", "Namespace").Raw(")"u8).Raw(0x81)
                .Raw("}"u8).Text("out").Global("pathlib", "PosixPath").Raw("("u8).Text("/").Raw("tRsb"u8)),
            "beside an enum of a class" => Beside(new PickleBuilder().Global("__builtin__", "getattr").Raw("("u8)
                .Global("train", "Config").Text("Kind").Raw("tR("u8).Integer(1).Raw("tR"u8)),
            "beside a number of NumPy" => Beside(new PickleBuilder().Global("numpy.core.multiarray", "scalar")
                .Raw(NumPyType()).Global("_codecs", "encode").Text("abcdefgh").Text("latin1").Raw(0x86)
                .Raw("R"u8).Raw(0x86).Raw("R"u8)),
            "beside an array of NumPy" => Beside(new PickleBuilder().Global("numpy._core.multiarray", "_reconstruct")
                .Global("numpy", "ndarray").Integers([0]).Raw((byte)'C', 1, (byte)'b').Raw(0x87).Raw("R("u8).Integer(1)
                .Integers([2]).Raw(NumPyType()).Raw(0x89).Raw((byte)'C', 2, 0, 0).Raw("tb"u8)),
            "beside an object with arguments by name" => Beside(new PickleBuilder().Global("train", "Config")
                .Raw(")}"u8).Raw(0x92)),
            "beside a dict class with items" => Beside(new PickleBuilder().Global("train", "Settings").Raw(")"u8)
                .Raw(0x81).Raw("("u8).Text("a").Integer(1).Raw("u("u8).Integer(2).Raw("e"u8)),
            "beside the state of a generator" => Beside(new PickleBuilder().Raw(0x8A, 17).Raw(new byte[17])),
            "beside a long text" => Beside(new PickleBuilder().Text(new string('x', 2_000_000))),
            "in a defaultdict" => new PickleBuilder().Raw("}"u8).Text("model").Global("collections", "defaultdict")
                .Raw("N"u8).Raw(0x85).Raw("R"u8).Text("w").Raw(Tensor()).Raw("ss."u8),
            _ => throw new ArgumentOutOfRangeException(nameof(form)),
        }));
        Assert.Equal([name], checkpoint.Tensors.Keys);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "optimizer", "it holds the state of an optimizer ('state' and 'param_groups'), not weights" },
        { "two sets", "it holds several sets of tensors ('first', 'second'); choose one with --weights-key" },
        { "empty dict", "it holds an empty mapping, no tensors" },
        { "no tensors", "it holds no tensors; its keys are 'lr', a number" },
        { "list", "it holds a list, not a mapping from names to tensors" },
        { "None", "it holds None, not a mapping" },
        { "single tensor", "it holds a single tensor without a name" },
        { "text", "it holds a text, not a mapping" },
        { "numbered tensors", "has a key that is no text" },
        { "a number of NumPy", "it holds an object of 'numpy.core.multiarray.scalar', not a mapping" },
        { "a network", "it holds an object of 'train.UNet', not a mapping from names to tensors; objects are not read, "
            + "save the state dict: torch.save(model.state_dict(), ...)" },
        { "a network under a key", "it holds no tensors; its keys are 'model'; objects are not read, save the state" },
        { "a tensor of an object", "malformed near byte" },
        { "a sparse tensor", "'w' is an object of 'torch._utils._rebuild_sparse_tensor', such as a sparse or" },
        { "two averages", "it holds several sets of tensors ('ema_slow', 'ema_fast'); choose one with --weights-key" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void A_file_without_weights_says_what_it_holds(string form, string reason)
    {
        string path = Write(form switch
        {
            "optimizer" => new PickleBuilder().Raw(Optimizer()).Raw("."u8),
            "two sets" => new PickleBuilder().Raw("}("u8).Text("first").Raw(Weights()).Text("second").Raw(Weights("x"))
                .Raw("u."u8),
            "empty dict" => new PickleBuilder().Raw("}."u8),
            "no tensors" => new PickleBuilder().Raw("}("u8).Text("lr").Integer(1).Integer(7).Raw("Nu."u8),
            "list" => new PickleBuilder().Raw("]."u8),
            "None" => new PickleBuilder().Raw("N."u8),
            "single tensor" => new PickleBuilder().Raw(Tensor()).Raw("."u8),
            "text" => new PickleBuilder().Text("hello").Raw("."u8),
            "numbered tensors" => new PickleBuilder().Raw("}("u8).Integer(0).Raw(Tensor()).Raw("u."u8),
            "a number of NumPy" => new PickleBuilder().Global("numpy.core.multiarray", "scalar").Raw(")R."u8),
            "a network" => new PickleBuilder().Raw(Network()).Raw("."u8),
            "a network under a key" => new PickleBuilder().Raw("}"u8).Text("model").Raw(Network()).Raw("s."u8),
            "a tensor of an object" => new PickleBuilder().Global("torch._utils", "_rebuild_tensor_v2").Raw("("u8)
                .Text("storage").Integer(0).Raw("))"u8).Raw(0x89).Raw("}tR."u8),
            "a sparse tensor" => new PickleBuilder().Raw("}("u8).Text("v").Raw(Tensor()).Text("w")
                .Global("torch._utils", "_rebuild_sparse_tensor").Raw(")Ru."u8),
            "two averages" => new PickleBuilder().Raw("}("u8).Text("ema_slow").Raw(Weights()).Text("ema_fast")
                .Raw(Weights()).Text("model").Raw(Weights()).Raw("u."u8),
            _ => throw new ArgumentOutOfRangeException(nameof(form)),
        });
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Forms that training programs write, each with another tensor in every set.</summary>
    public static TheoryData<string, string?, string, string[]> Averaged => new()
    {
        { "model, ema", null, "ema", ["model"] },
        { "state_dict, ema_state_dict", null, "ema_state_dict", ["state_dict"] },
        { "state_dict, state_dict_ema, optimizer", null, "state_dict_ema", ["state_dict"] },
        { "model, model_ema, opt", null, "model_ema", ["model"] },
        { "params, params_ema, exp_avg", null, "params_ema", ["params"] },
        { "checkpoint.module, checkpoint.ema_model", null, "checkpoint.ema_model", ["module"] },
        { "model, ema.shadow_params", null, "ema.shadow_params", ["model"] },
        { "model, ema.module", null, "ema.module", ["model"] },
        { "ema, state_dict", "state_dict", "state_dict", [] },
        { "model, ema.module", "ema", "ema.module", [] },
        { "model, ema.module", "ema.module", "ema.module", [] },
        { "checkpoint.module, checkpoint.ema_model", "module", "checkpoint.module", [] },
        { "state_dict, discriminator", null, "state_dict", [] },
        { "state_dict, discriminator", "discriminator", "discriminator", [] },
    };

    [Theory, MemberData(nameof(Averaged))]
    public void Averaged_weights_are_taken_before_plain_ones_unless_a_key_is_named(string keys, string? key,
        string taken, string[] aside)
    {
        // Each set is a chain of mappings with one tensor, which has the name of the chain.
        string path = Write(new PickleBuilder().Raw(Tree([.. keys.Split(", ").Select(each => each.Split('.'))], []))
            .Raw("."u8));
        using var checkpoint = Checkpoint.Open(path, key);
        Assert.Equal([taken], checkpoint.Tensors.Keys);
        Assert.Equal(aside, checkpoint.Choice?.LeftAside ?? []);
        if (aside.Length > 0)
        {
            Assert.StartsWith(checkpoint.Choice!.Taken, taken.Split('.')[^1] is "ema_model" ? "ema_model" : taken,
                StringComparison.Ordinal);
            Assert.Contains($"'{checkpoint.Choice.Taken}' is taken, left aside: '{aside[0]}'",
                Assert.Single(checkpoint.Notices()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Averages_without_names_are_left_aside_and_that_is_said()
    {
        using var checkpoint = Checkpoint.Open(Write(new PickleBuilder().Raw("}("u8).Text("model").Raw(Weights())
            .Text("ema").Raw("}"u8).Text("shadow_params").Raw("]"u8).Raw(Tensor()).Raw("asu."u8)));
        Assert.Equal(["w"], checkpoint.Tensors.Keys);
        Assert.Contains("'model' is taken, left aside: 'ema' (it has no names of tensors, or is an object)",
            Assert.Single(checkpoint.Notices()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_names_those_that_there_are()
    {
        string path = Write(new PickleBuilder().Raw("}("u8).Text("model").Raw(Weights()).Text("ema").Raw(Weights())
            .Text("optimizer").Raw(Optimizer()).Raw("u."u8));
        foreach (string key in new[] { "emma", "optimizer" })
        {
            string message = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path, key).Dispose()).Message;
            Assert.Contains($"it has no weights under the key '{key}'; there are 'model', 'ema'; give one of them with "
                + "--weights-key", message, StringComparison.Ordinal);
        }
    }

    private static byte[] Tree(IReadOnlyCollection<string[]> chains, string[] above)
    {
        var pickle = new PickleBuilder().Raw("}"u8);
        foreach (var below in chains.GroupBy(chain => chain[0]))
        {
            string[] here = [.. above, below.Key];
            string[][] inner = [.. below.Select(chain => chain[1..]).Where(chain => chain.Length > 0)];
            pickle.Text(below.Key).Raw(below.Key.StartsWith("opt", StringComparison.Ordinal) ? Optimizer()
                : inner.Length > 0 ? Tree(inner, here) : Weights(string.Join('.', here))).Raw("s"u8);
        }
        return pickle.ToArray()[2..];
    }

    private static PickleBuilder Beside(PickleBuilder value) => new PickleBuilder().Raw("}("u8).Text("beside")
        .Raw(value.ToArray().AsSpan(2)).Text("state_dict").Raw(Weights()).Raw("u."u8);

    private static byte[] NumPyType() => new PickleBuilder().Global("numpy", "dtype").Raw("("u8).Text("f8").Integer(0)
        .Integer(1).Raw("tR("u8).Integer(3).Text("<").Raw("NNNtb"u8).ToArray()[2..];

    private static byte[] Network() => new PickleBuilder().Global("train", "UNet").Raw(")"u8).Raw(0x81).Raw("}"u8)
        .Text("_parameters").Raw(Weights()).Raw("sb"u8).ToArray()[2..];

    private static byte[] Tensor() => new PickleBuilder().Tensor("Float", "0", 2, 0, [2], [1]).ToArray()[2..];

    private static byte[] Weights(string name = "w") => new PickleBuilder().Raw("}("u8).Text(name).Raw(Tensor())
        .Raw("u"u8).ToArray()[2..];

    private static byte[] Optimizer() => new PickleBuilder()
        .Raw("}("u8).Text("state").Raw("}("u8).Integer(0).Raw("}("u8)
        .Text("exp_avg").Raw(Tensor())
        .Raw("uu"u8).Text("param_groups").Raw("]u"u8).ToArray()[2..];

    private string Write(PickleBuilder pickle) =>
        _folder.Write("a.pt", ZipBuilder.Torch(pickle.ToArray(), new byte[8]).ToArray());
}
