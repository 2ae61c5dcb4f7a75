namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Schedules of learning rates, stepped once an epoch or once an iteration.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>Multiplies the first rate by a function of the number of steps taken.</summary>
            public static LRScheduler LambdaLR(
                Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose);

            /// <summary>Lowers the rate to <paramref name="eta_min"/> along half a cosine: Loshchilov and Hutter 2017.</summary>
            public static LRScheduler CosineAnnealingLR(
                Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            /// <summary>Sets the rates of an optimizer's groups, step by step; making it takes the first step.</summary>
            public abstract class LRScheduler
            {
                private readonly Optimizer _optimizer;
                private readonly bool _verbose;

                private protected LRScheduler(Optimizer optimizer, int lastEpoch, bool verbose)
                {
                    _optimizer = optimizer;
                    _verbose = verbose;
                    LastEpoch = lastEpoch;
                    // Like the package's: the rates that the optimizer was made with, not those that it has by now.
                    BaseRates = [.. optimizer.ParamGroups.Select(group => group.InitialLearningRate)];
                }

                private protected int LastEpoch { get; private set; }

                private protected IReadOnlyList<double> BaseRates { get; }

                private protected IEnumerable<double> Rates => _optimizer.ParamGroups.Select(group => group.LearningRate);

                /// <summary>Goes on to the next rate.</summary>
                public virtual void step()
                {
                    LastEpoch++;
                    foreach (var (group, rate) in _optimizer.ParamGroups.Zip(get_lr().ToArray()))
                    {
                        group.LearningRate = rate;
                        if (_verbose) Console.WriteLine($"Adjusting learning rate to {rate}");
                    }
                }

                public IEnumerable<double> get_last_lr() => Rates.ToArray();

                protected virtual IEnumerable<double> get_lr() => Rates;
            }

            public static partial class impl
            {
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double> _lambda;

                    internal LambdaLR(Optimizer optimizer, Func<int, double> lambda, int lastEpoch, bool verbose)
                        : base(optimizer, lastEpoch, verbose)
                    {
                        _lambda = lambda;
                        step();
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        double factor = _lambda(LastEpoch);
                        return BaseRates.Select(rate => rate * factor);
                    }
                }

                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _period;
                    private readonly double _least;

                    internal CosineAnnealingLR(
                        Optimizer optimizer, double period, double least, int lastEpoch, bool verbose)
                        : base(optimizer, lastEpoch, verbose)
                    {
                        _period = period;
                        _least = least;
                        step();
                    }

                    /// <summary>PyTorch's chainable form: each rate comes from the one before, which others may have changed.</summary>
                    protected override IEnumerable<double> get_lr()
                    {
                        if (LastEpoch == 0) return Rates;
                        // At the turning point the quotient below is 0 / 0.
                        if ((LastEpoch - 1 - _period) % (2 * _period) == 0)
                            return Rates.Zip(BaseRates, (rate, first) =>
                                rate + (first - _least) * (1 - Math.Cos(Math.PI / _period)) / 2);
                        double quotient = (1 + Math.Cos(Math.PI * LastEpoch / _period))
                            / (1 + Math.Cos(Math.PI * (LastEpoch - 1) / _period));
                        return Rates.Select(rate => quotient * (rate - _least) + _least);
                    }
                }
            }
        }
    }
}
