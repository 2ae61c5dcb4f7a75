namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>A module of one input.</summary>
        public abstract class Module<T, TResult> :
            HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>,
            IModule<T, TResult>
        {
            protected Module(string name) : base(name) { }

            public abstract TResult forward(T input);

            /// <summary>Runs <see cref="forward"/> and the hooks around it.</summary>
            public TResult call(T input)
            {
                foreach (var hook in PreHooks)
                    if (hook(this, input) is { } replaced) input = replaced;
                var result = forward(input);
                foreach (var hook in PostHooks)
                    if (hook(this, input, result) is { } replaced) result = replaced;
                return result;
            }
        }
    }
}
