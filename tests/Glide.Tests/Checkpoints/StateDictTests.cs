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
            _ => throw new ArgumentOutOfRangeException(nameof(form)),
        }));
        Assert.Equal([name], checkpoint.Tensors.Keys);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "optimizer", "it holds the state of an optimizer ('state' and 'param_groups'), not weights" },
        { "two sets", "it holds several sets of tensors ('first', 'second'); save the one that is meant alone" },
        { "empty dict", "it holds an empty mapping, no tensors" },
        { "no tensors", "it holds no tensors; its keys are 'lr', a number" },
        { "list", "it holds a list, not a mapping from names to tensors" },
        { "None", "it holds None, not a mapping" },
        { "single tensor", "it holds a single tensor without a name" },
        { "text", "it holds a text, not a mapping" },
        { "numbered tensors", "has a key that is no text" },
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
            _ => throw new ArgumentOutOfRangeException(nameof(form)),
        });
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

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
