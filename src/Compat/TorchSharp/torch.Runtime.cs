using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Version of the libtorch that is in use. Loads it.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.version()) ?? "";

    public static int get_num_threads() => Count(Native.get_num_threads());

    public static void set_num_threads(int num) => Native.Check(Native.set_num_threads(num));

    public static int get_num_interop_threads() => Count(Native.get_num_interop_threads());

    public static void set_num_interop_threads(int num) => Native.Check(Native.set_num_interop_threads(num));

    public static bool cuda_is_available() => cuda.is_available();

    private static int Count(int result) => result >= 0 ? result : throw Native.LastError();

    private static bool Flag(int result) => Count(result) != 0;

    /// <summary>NVIDIA GPUs, if this libtorch was built for them and there are any.</summary>
    public static partial class cuda
    {
        public static bool is_available() => Flag(Native.cuda_is_available());

        public static bool is_cudnn_available() => Flag(Native.cuda_is_cudnn_available());

        public static int device_count() => Count(Native.cuda_device_count());

        public static void manual_seed(long seed) => Native.Check(Native.cuda_manual_seed(seed));

        public static void manual_seed_all(long seed) => Native.Check(Native.cuda_manual_seed_all(seed));

        /// <summary>Waits until the device has done all that it was told.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.cuda_synchronize(device?.index ?? -1));
    }

    /// <summary>Switches of the libraries below libtorch.</summary>
    public static partial class backends
    {
        public static partial class cuda
        {
            public static bool flash_sdp_enabled() => Flag(Native.get_sdp_flash());

            public static void enable_flash_sdp(bool enable) => Native.Check(Native.set_sdp_flash(enable));

            public static bool math_sdp_enabled() => Flag(Native.get_sdp_math());

            public static void enable_math_sdp(bool enable) => Native.Check(Native.set_sdp_math(enable));

            public static partial class matmul
            {
                public static bool allow_tf32
                {
                    get => Flag(Native.get_allow_tf32_cublas());
                    set => Native.Check(Native.set_allow_tf32_cublas(value));
                }

                public static bool allow_fp16_reduced_precision_reduction
                {
                    get => Flag(Native.get_allow_fp16_reduction_cublas());
                    set => Native.Check(Native.set_allow_fp16_reduction_cublas(value));
                }
            }
        }

        public static partial class cudnn
        {
            public static bool allow_tf32
            {
                get => Flag(Native.get_allow_tf32_cudnn());
                set => Native.Check(Native.set_allow_tf32_cudnn(value));
            }
        }
    }
}
