using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>Modules: what they register, how they save, load, move and call.</summary>
[Collection(TorchCollection.Name)]
public class ModuleTests
{
    [Fact]
    public void Fields_are_registered_under_their_names()
    {
        using var net = new Net();
        Assert.Equal(
            ["own", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "c_fc.weight", "c_fc.bias"],
            net.named_parameters().Select(named => named.name));
        Assert.Equal(["table"], net.named_buffers().Select(named => named.name));
        Assert.Equal(["layers", "c_fc"], net.named_children().Select(named => named.name));
        Assert.Equal(["layers", "c_fc", "layers.0", "layers.1"], net.named_modules().Select(named => named.name));
        Assert.Equal(["own"], net.named_parameters(recurse: false).Select(named => named.name));
        Assert.Equal(
            ["own", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "c_fc.weight", "c_fc.bias", "table"],
            net.state_dict().Keys);
        Assert.Equal("net.own", net.state_dict(prefix: "net").Keys.First());
    }

    [Fact]
    public void A_shared_parameter_is_listed_once_and_saved_under_both_names()
    {
        using var shared = new Shared();
        Assert.Equal(["first.weight"], shared.named_parameters().Select(named => named.name));
        Assert.Equal(["first.weight", "second.weight"], shared.state_dict().Keys);
    }

    [Fact]
    public void Names_are_refused_twice_and_with_dots()
    {
        using var net = new Net();
        Assert.Throws<InvalidOperationException>(() => net.register_parameter("own", new Parameter(zeros(1))));
        Assert.Throws<InvalidOperationException>(() => net.register_buffer("table", zeros(1)));
        Assert.Throws<InvalidOperationException>(() => net.register_module("c_fc", nn.SiLU()));
        Assert.Throws<ArgumentException>(() => net.register_module("a.b", nn.SiLU()));
        Assert.Throws<ArgumentException>(() => net.register_module("", nn.SiLU()));
    }

    [Fact]
    public void Fields_of_base_classes_are_registered_too()
    {
        using var derived = new Derived();
        Assert.Equal(["own", "extra"], derived.named_parameters(recurse: false).Select(named => named.name).OrderDescending());
    }

    [Fact]
    public void Loading_copies_into_the_living_tensors()
    {
        using var source = new Net();
        using var target = new Net();
        var before = target.parameters().ToArray();
        var (missing, unexpected) = target.load_state_dict(source.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(before, target.parameters(), ReferenceEqualityComparer.Instance);
        foreach (var (name, parameter) in target.named_parameters())
        {
            Assert.Equal(Values(source.state_dict()[name]), Values(parameter));
            Assert.True(parameter.requires_grad);
        }
    }

    [Fact]
    public void Strict_loading_wants_all_names_and_no_other()
    {
        using var net = new Net();
        var values = net.state_dict();
        values.Remove("own");
        values["other"] = zeros(1);
        Assert.Throws<InvalidOperationException>(() => net.load_state_dict(values));
        var (missing, unexpected) = net.load_state_dict(values, strict: false);
        Assert.Equal(["own"], missing);
        Assert.Equal(["other"], unexpected);
        net.load_state_dict(values, strict: true, skip: ["own", "other"]);
    }

    [Fact]
    public void Loading_broadcasts_and_converts_as_the_package_does()
    {
        using var net = new Net();
        net.load_state_dict(new() { ["own"] = full([1], 2, float64) }, strict: false);
        Assert.Equal([2, 2, 2], Values(net.Own));
        Assert.Equal(ScalarType.Float32, net.Own.dtype);
    }

    [Fact]
    public void Conversion_replaces_parameters_in_registry_and_fields_and_keeps_their_gradients()
    {
        using var net = new Net();
        var old = net.Own;
        net.Own.grad = ones(3);
        Assert.Same(net, net.to(ScalarType.Float64));
        Assert.NotSame(old, net.Own);
        Assert.True(old.IsInvalid);
        Assert.Same(net.Own, net.named_parameters().First().parameter);
        Assert.All(net.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        Assert.All(net.parameters(), parameter => Assert.True(parameter.requires_grad));
        Assert.Equal(ScalarType.Float64, net.Own.grad!.dtype);
        Assert.Equal(ScalarType.Int64, net.Table.dtype);
        Assert.Same(net.Own, net.state_dict()["own"]);
        using var x = zeros([1, 3], float64);
        using var y = net.call(x);
        Assert.Equal(ScalarType.Float64, y.dtype);
    }

    [Fact]
    public void Conversion_to_what_is_there_already_changes_no_object()
    {
        using var net = new Net();
        var before = net.parameters().ToArray();
        net.to(ScalarType.Float32).to(CPU).to("cpu").cpu().to(CPU, ScalarType.Float32);
        Assert.Equal(before, net.parameters(), ReferenceEqualityComparer.Instance);
        Assert.Throws<ArgumentException>(() => net.to(ScalarType.Int64));
        if (!cuda.is_available()) Assert.Throws<InvalidOperationException>(() => net.cuda());
    }

    /// <summary>The package's traps: code that steps into one must not work here either.</summary>
    [Fact]
    public void A_property_of_a_parameters_name_must_take_the_converted_one()
    {
        using var closed = new GetOnly();
        Assert.Throws<ArgumentException>(() => closed.half());
        using var twice = new TwoIndexers();
        Assert.Throws<ArgumentException>(() => twice.half());
    }

    [Fact]
    public void A_layers_old_weight_is_disposed_when_it_gets_another()
    {
        using var layer = nn.Linear(2, 2);
        var old = layer.weight;
        layer.weight = new Parameter(ones(2, 2));
        Assert.True(old.IsInvalid);
        layer.weight = layer.weight;
        Assert.False(layer.weight.IsInvalid);
        layer.bias = null;
        Assert.Equal(["weight"], layer.state_dict().Keys);
    }

    [Fact]
    public void Sequential_takes_modules_as_they_are()
    {
        using var sequence = nn.Sequential(("careless", new Careless()));
        Assert.Empty(sequence.parameters());
        using var list = nn.ModuleList<nn.Module>(new Careless());
        using var owner = new Owner(list);
        Assert.Equal(["list.0.scale"], owner.state_dict().Keys);
    }

    [Fact]
    public void Converted_parameters_outlive_the_scope()
    {
        using var net = new Net();
        using (NewDisposeScope()) net.half();
        Assert.All(net.parameters(), parameter => Assert.False(parameter.IsInvalid));
        Assert.Equal(ScalarType.Float16, net.Own.dtype);
    }

    [Fact]
    public void Layers_outlive_the_scope_and_plain_parameters_do_not()
    {
        Linear layer;
        Net net;
        using (NewDisposeScope())
        {
            layer = nn.Linear(2, 2);
            net = new Net();
        }
        Assert.False(layer.weight.IsInvalid);
        Assert.False(layer.bias!.IsInvalid);
        Assert.True(net.Own.IsInvalid);
        layer.Dispose();
        net.Dispose();
    }

    [Fact]
    public void A_parameter_takes_its_source_over()
    {
        using var outer = NewDisposeScope();
        var data = arange(3, float32);
        var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.Equal([0, 1, 2], Values(parameter));
        Assert.True(parameter.requires_grad);
        Assert.False(nn.Parameter(zeros(2), requires_grad: false).requires_grad);
        // As in the package: what comes out of a graph stays in it, unless it was made under no_grad or detached.
        Assert.False(new Parameter(parameter.mul(2)).is_leaf);
        Assert.True(new Parameter(parameter.mul(2).detach()).is_leaf);
    }

    [Fact]
    public void Modes_reach_all_modules()
    {
        using var net = new Net();
        Assert.True(net.training);
        net.eval();
        Assert.False(net.training);
        Assert.All(net.modules(), module => Assert.False(module.training));
        net.train();
        Assert.All(net.modules(), module => Assert.True(module.training));
    }

    [Fact]
    public void Gradients_are_taken_away_or_set_to_zero()
    {
        using var net = new Net();
        net.call(ones(1, 3)).sum().backward();
        Assert.All(net.parameters(), parameter => Assert.NotNull(parameter.grad));
        net.zero_grad(set_to_none: false);
        Assert.All(net.parameters(), parameter => Assert.All(Values(parameter.grad!), value => Assert.Equal(0, value)));
        net.zero_grad();
        Assert.All(net.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void Apply_visits_children_first()
    {
        using var net = new Net();
        var seen = new List<string>();
        Assert.Same(net, net.apply(module => seen.Add(module.GetName())));
        Assert.Equal(["Linear", "Linear", "ModuleList", "Linear", "Net"], seen);
    }

    [Fact]
    public void Hooks_replace_input_and_result_until_they_are_removed()
    {
        using var scope = NewDisposeScope();
        var layer = nn.Identity();
        var before = layer.register_forward_pre_hook((_, x) => x.add(1));
        var after = layer.register_forward_hook((_, _, y) => y.mul(10));
        Assert.Equal(20, layer.call(ones(1)).item<float>());
        Assert.Equal(1, layer.forward(ones(1)).item<float>());
        before.remove();
        Assert.Equal(10, layer.call(ones(1)).item<float>());
        after.remove();
        Assert.Equal(1, layer.call(ones(1)).item<float>());
    }

    [Fact]
    public void Modules_of_several_inputs_are_called_with_all()
    {
        using var scope = NewDisposeScope();
        using var sum = new Weighted();
        Assert.Equal(1 + 2 * 2 + 3 * 3, sum.call(tensor(1f), tensor(2f), 3).item<float>());
        sum.register_forward_pre_hook((_, x, y, factor) => (y, x, factor));
        Assert.Equal(2 + 2 * 1 + 3 * 3, sum.call(tensor(1f), tensor(2f), 3).item<float>());
    }

    [Fact]
    public void Sequential_runs_in_order_and_disposes_what_passes_between()
    {
        using var scope = NewDisposeScope();
        var sequence = nn.Sequential(("norm", nn.LayerNorm(4)), ("fc", nn.Linear(4, 2)));
        Assert.Equal(["norm.weight", "norm.bias", "fc.weight", "fc.bias"], sequence.state_dict().Keys);
        var numbered = nn.Sequential(nn.SiLU(), nn.Linear(4, 2)).append(nn.Identity());
        Assert.Equal(["1.weight", "1.bias"], numbered.state_dict().Keys);
        Assert.Equal(3, numbered.Count);
        Assert.IsType<SiLU>(numbered[0]);

        var x = randn([3, 4]);
        long before = Tensor.TotalCount;
        var y = numbered.call(x);
        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.False(x.IsInvalid);
        Assert.Equal([3, 2], y.shape);
        Assert.NotSame(x, nn.Sequential().call(x));
    }

    [Fact]
    public void A_list_names_its_items_by_position_when_its_owner_registers()
    {
        using var list = nn.ModuleList<nn.Module>(nn.SiLU(), nn.Linear(2, 2));
        list.Add(nn.Linear(2, 3));
        Assert.Empty(list.state_dict());
        using var owner = new Owner(list);
        Assert.Equal(["list.1.weight", "list.1.bias", "list.2.weight", "list.2.bias"], owner.state_dict().Keys);
        // The package's trap: what comes later is not registered.
        list.Add(nn.Linear(2, 4));
        Assert.Equal(4, owner.state_dict().Count);
        Assert.Equal(4, list.Count);
        list[3].Dispose();
    }

    [Fact]
    public void Disposing_a_module_frees_all_that_it_holds()
    {
        using var scope = NewDisposeScope();
        long before = Tensor.TotalCount;
        var net = new Net();
        net.Hidden.Dispose();
        net.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float64).flatten().data<double>().ToArray();
    }

    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "own")] private readonly Parameter _own;
        [ComponentName(Name = "layers")] private readonly ModuleList<Linear> _layers;
        [ComponentName(Name = "c_fc")] private readonly Linear _last;
        [ComponentName(Name = "table")] private readonly Tensor _table;

        public Net() : base(nameof(Net))
        {
            _own = new Parameter(randn(3));
            _layers = nn.ModuleList(nn.Linear(3, 4), nn.Linear(4, 3));
            _last = nn.Linear(3, 2);
            _table = arange(4, int64);
            register_buffer("table", _table);
            register_buffer("hidden", Hidden, persistent: false);
            RegisterComponents();
        }

        public Parameter Own => _own;

        public Tensor Table => _table;

        /// <summary>A buffer that the package neither lists nor moves nor disposes.</summary>
        public Tensor Hidden => _hidden[0];

        private readonly Tensor[] _hidden = [zeros(2)];

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = input + _own;
            foreach (var layer in _layers) x = layer.call(x);
            return _last.call(x).MoveToOuterDisposeScope();
        }
    }

    private sealed class Shared : nn.Module
    {
        private readonly Linear first = nn.Linear(2, 2, hasBias: false);
        private readonly Linear second;

        public Shared() : base(nameof(Shared))
        {
            second = nn.Linear(first.weight);
            RegisterComponents();
        }

        public Linear Second => second;
    }

    private sealed class Weighted() : nn.Module<Tensor, Tensor, int, Tensor>(nameof(Weighted))
    {
        public override Tensor forward(Tensor input1, Tensor input2, int input3) => input1 + 2 * input2 + 3 * input3;
    }

    private class Base : nn.Module
    {
        [ComponentName(Name = "own")] private readonly Parameter _own = new(zeros(1));

        protected Base() : base(nameof(Base)) { }

        public Parameter Own => _own;
    }

    private sealed class Derived : Base
    {
        [ComponentName(Name = "extra")] private readonly Parameter _extra = new(zeros(1));

        public Derived() => RegisterComponents();

        public Parameter Extra => _extra;
    }

    private sealed class GetOnly : nn.Module
    {
        [ComponentName(Name = nameof(scale))] private readonly Parameter _scale = new(ones(1));

        public GetOnly() : base(nameof(GetOnly)) => RegisterComponents();

        public Parameter scale => _scale;
    }

    private sealed class TwoIndexers() : nn.Module(nameof(TwoIndexers))
    {
        public string this[int index] => $"{index}";

        public string this[string key] => key;
    }

    private sealed class Careless() : nn.Module<Tensor, Tensor>(nameof(Careless))
    {
        private readonly Parameter scale = new(ones(1));

        public override Tensor forward(Tensor input) => input * scale;
    }

    private sealed class Owner : nn.Module
    {
        private readonly ModuleList<nn.Module> list;

        public Owner(ModuleList<nn.Module> list) : base(nameof(Owner))
        {
            this.list = list;
            RegisterComponents();
        }

        public int Count => list.Count;
    }
}
