using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace TorchSharp.Modules
{
    /// <summary>Adam with decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2, in PyTorch's order.</summary>
    public class AdamW : OptimizerHelper, IBetas
    {
        private readonly Options _defaults;
        private readonly Dictionary<Parameter, State> _states = new(ReferenceEqualityComparer.Instance);

        public AdamW(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        public AdamW(
            IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
            double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        {
            if (lr < 0) throw new ArgumentException($"Invalid learning rate: {lr}");
            if (beta1 is < 0 or >= 1) throw new ArgumentException($"Invalid beta1 value: {beta1}");
            if (beta2 is < 0 or >= 1) throw new ArgumentException($"Invalid beta2 value: {beta2}");
            if (eps < 0) throw new ArgumentException($"Invalid eps value: {eps}");
            if (weight_decay < 0) throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
            _defaults = new Options
            {
                LearningRate = lr,
                InitialLearningRate = lr,
                beta1 = beta1,
                beta2 = beta2,
                eps = eps,
                weight_decay = weight_decay,
                amsgrad = amsgrad,
                maximize = maximize,
            };
            foreach (var group in parameters) add_param_group(group);
        }

        public (double, double) Betas
        {
            get => (_defaults.beta1!.Value, _defaults.beta2!.Value);
            set => (_defaults.beta1, _defaults.beta2) = value;
        }

        /// <summary>A group's settings that are not given are the optimizer's.</summary>
        public override void add_param_group(Modules.ParamGroup param_group)
        {
            var group = (ParamGroup)param_group;
            var options = group.Options ??= new Options();
            options.LearningRate ??= _defaults.LearningRate;
            options.beta1 ??= _defaults.beta1;
            options.beta2 ??= _defaults.beta2;
            options.eps ??= _defaults.eps;
            options.weight_decay ??= _defaults.weight_decay;
            options.amsgrad ??= _defaults.amsgrad;
            options.maximize ??= _defaults.maximize;
            options.InitialLearningRate = options.LearningRate!.Value;
            group.Parameters = [.. group.Parameters];
            base.add_param_group(group);
        }

        public override Tensor step(Func<Tensor> closure = null!) => _step<ParamGroup>(Step, closure);

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (!disposing) return;
            foreach (var state in _states.Values) state.Dispose();
            _states.Clear();
        }

        private void Step(ParamGroup group)
        {
            var options = group.Options;
            double rate = options.LearningRate!.Value;
            double beta1 = options.beta1!.Value;
            double beta2 = options.beta2!.Value;
            foreach (var parameter in group.Parameters)
            {
                using var scope = NewDisposeScope();
                var gradient = parameter.grad;
                if (gradient is null) continue;
                if (options.maximize!.Value) gradient = -gradient;
                if (!_states.TryGetValue(parameter, out var state))
                    _states.Add(parameter, state = new State(parameter, options.amsgrad!.Value));

                long count = ++state.Count;
                parameter.mul_(1 - rate * options.weight_decay!.Value);
                state.Mean.mul_(beta1).add_(gradient, 1 - beta1);
                state.Square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
                var square = state.Square;
                if (state.Largest is { } largest)
                    square = largest.copy_(largest.maximum(square));
                var root = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, count))).add_(options.eps!.Value);
                parameter.addcdiv_(state.Mean, root, -rate / (1 - Math.Pow(beta1, count)));
            }
        }

        /// <summary>Settings; <c>null</c> is the optimizer's own.</summary>
        public class Options : OptimizerOptions
        {
            public double? beta1 { get; set; }

            public double? beta2 { get; set; }

            public double? weight_decay { get; set; }

            public double? eps { get; set; }

            public bool? amsgrad { get; set; }

            public bool? maximize { get; set; }
        }

        /// <summary>Parameters that share settings.</summary>
        public class ParamGroup : ParamGroup<Options>, IBetas
        {
            public ParamGroup() => Options = new Options();

            public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
            {
            }

            public ParamGroup(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : base(parameters, new Options
                {
                    LearningRate = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                    amsgrad = amsgrad,
                    maximize = maximize,
                })
            {
            }

            public (double, double) Betas
            {
                get => (Options.beta1!.Value, Options.beta2!.Value);
                set => (Options.beta1, Options.beta2) = value;
            }
        }

        /// <summary>The running moments of one parameter; they outlive the step's scope.</summary>
        private sealed class State : IDisposable
        {
            internal State(Parameter parameter, bool amsgrad)
            {
                Mean = zeros_like(parameter).DetachFromDisposeScope();
                Square = zeros_like(parameter).DetachFromDisposeScope();
                Largest = amsgrad ? zeros_like(parameter).DetachFromDisposeScope() : null;
            }

            internal long Count { get; set; }

            internal Tensor Mean { get; }

            internal Tensor Square { get; }

            internal Tensor? Largest { get; }

            public void Dispose()
            {
                Mean.Dispose();
                Square.Dispose();
                Largest?.Dispose();
            }
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>Optimizers and the schedules of their learning rates.</summary>
        public static partial class optim
        {
            public static AdamW AdamW(
                IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<(string name, Parameter parameter)> parameters, double lr = 1e-3, double beta1 = 0.9,
                double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false,
                bool maximize = false) =>
                new(parameters.Select(named => named.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static AdamW AdamW(
                IEnumerable<AdamW.ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}
