using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Seeds the CPU's default generator, and no other.</summary>
    public static Generator manual_seed(long seed) => Generator.Default.manual_seed(seed);

    public static long seed() => Generator.Default.seed();

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    /// <summary>A source of random numbers on the CPU, independent of all others.</summary>
    public class Generator : IDisposable
    {
        public Generator(ulong seed = 0, torch.Device? device = null)
            : this(Native.generator_new(seed))
        {
            this.device = device ?? CPU;
        }

        private Generator(nint handle)
        {
            if (handle == 0)
                throw Native.LastError();
            Handle = handle;
            device = CPU;
        }

        ~Generator() => Dispose(false);

        /// <summary>The generator that draws use which are given none.</summary>
        public static Generator Default => new(Native.generator_default());

        public IntPtr Handle { get; private set; }

        public torch.Device device { get; private set; }

        public Tensor get_state()
        {
            var state = Native.generator_get_state(Alive());
            GC.KeepAlive(this);
            return state;
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.generator_set_state(Alive(), value));
            GC.KeepAlive(this);
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.generator_manual_seed(Alive(), unchecked((ulong)seed)));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Takes a seed from the system's randomness and returns it.</summary>
        public long seed()
        {
            ulong seed = Native.generator_seed(Alive());
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        public long initial_seed()
        {
            ulong seed = Native.generator_initial_seed(Alive());
            GC.KeepAlive(this);
            return unchecked((long)seed);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Handle == 0)
                return;
            Native.generator_release(Handle);
            Handle = 0;
        }

        private nint Alive() => Handle != 0 ? Handle : throw new InvalidOperationException("The generator was disposed.");
    }

    /// <summary>Names of PyTorch's torch.random.</summary>
    public static partial class random
    {
        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
