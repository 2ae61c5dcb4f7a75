using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>State of libtorch as a whole: errors, threads, grad modes, devices, generators.</summary>
internal static partial class Native
{
    [LibraryImport(Library, EntryPoint = "glide_last_error")]
    internal static partial nint last_error();

    [LibraryImport(Library, EntryPoint = "glide_version")]
    internal static partial nint version();

    [LibraryImport(Library, EntryPoint = "glide_get_num_threads")]
    internal static partial int get_num_threads();

    [LibraryImport(Library, EntryPoint = "glide_set_num_threads")]
    internal static partial int set_num_threads(int count);

    [LibraryImport(Library, EntryPoint = "glide_get_num_interop_threads")]
    internal static partial int get_num_interop_threads();

    [LibraryImport(Library, EntryPoint = "glide_set_num_interop_threads")]
    internal static partial int set_num_interop_threads(int count);

    [LibraryImport(Library, EntryPoint = "glide_is_grad_enabled")]
    [SuppressGCTransition]
    internal static partial int is_grad_enabled();

    [LibraryImport(Library, EntryPoint = "glide_set_grad_enabled")]
    [SuppressGCTransition]
    internal static partial void set_grad_enabled([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "glide_inference_mode_enter")]
    internal static partial nint inference_mode_enter([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "glide_inference_mode_exit")]
    internal static partial void inference_mode_exit(nint guard);

    [LibraryImport(Library, EntryPoint = "glide_is_inference_mode_enabled")]
    [SuppressGCTransition]
    internal static partial int is_inference_mode_enabled();

    [LibraryImport(Library, EntryPoint = "glide_cuda_is_available")]
    internal static partial int cuda_is_available();

    [LibraryImport(Library, EntryPoint = "glide_cuda_is_cudnn_available")]
    internal static partial int cuda_is_cudnn_available();

    [LibraryImport(Library, EntryPoint = "glide_cuda_device_count")]
    internal static partial int cuda_device_count();

    [LibraryImport(Library, EntryPoint = "glide_cuda_manual_seed")]
    internal static partial int cuda_manual_seed(long seed);

    [LibraryImport(Library, EntryPoint = "glide_cuda_manual_seed_all")]
    internal static partial int cuda_manual_seed_all(long seed);

    [LibraryImport(Library, EntryPoint = "glide_cuda_synchronize")]
    internal static partial int cuda_synchronize(long index);

    [LibraryImport(Library, EntryPoint = "glide_get_allow_tf32_cublas")]
    internal static partial int get_allow_tf32_cublas();

    [LibraryImport(Library, EntryPoint = "glide_set_allow_tf32_cublas")]
    internal static partial int set_allow_tf32_cublas([MarshalAs(UnmanagedType.U1)] bool allow);

    [LibraryImport(Library, EntryPoint = "glide_get_allow_tf32_cudnn")]
    internal static partial int get_allow_tf32_cudnn();

    [LibraryImport(Library, EntryPoint = "glide_set_allow_tf32_cudnn")]
    internal static partial int set_allow_tf32_cudnn([MarshalAs(UnmanagedType.U1)] bool allow);

    [LibraryImport(Library, EntryPoint = "glide_get_allow_fp16_reduction_cublas")]
    internal static partial int get_allow_fp16_reduction_cublas();

    [LibraryImport(Library, EntryPoint = "glide_set_allow_fp16_reduction_cublas")]
    internal static partial int set_allow_fp16_reduction_cublas([MarshalAs(UnmanagedType.U1)] bool allow);

    [LibraryImport(Library, EntryPoint = "glide_get_sdp_flash")]
    internal static partial int get_sdp_flash();

    [LibraryImport(Library, EntryPoint = "glide_set_sdp_flash")]
    internal static partial int set_sdp_flash([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "glide_get_sdp_math")]
    internal static partial int get_sdp_math();

    [LibraryImport(Library, EntryPoint = "glide_set_sdp_math")]
    internal static partial int set_sdp_math([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "glide_generator_new")]
    internal static partial nint generator_new(ulong seed);

    [LibraryImport(Library, EntryPoint = "glide_generator_default")]
    internal static partial nint generator_default();

    [LibraryImport(Library, EntryPoint = "glide_generator_release")]
    internal static partial void generator_release(nint generator);

    [LibraryImport(Library, EntryPoint = "glide_generator_manual_seed")]
    internal static partial int generator_manual_seed(nint generator, ulong seed);

    [LibraryImport(Library, EntryPoint = "glide_generator_initial_seed")]
    internal static partial ulong generator_initial_seed(nint generator);

    [LibraryImport(Library, EntryPoint = "glide_generator_seed")]
    internal static partial ulong generator_seed(nint generator);

    [LibraryImport(Library, EntryPoint = "glide_generator_get_state")]
    internal static partial Tensor generator_get_state(nint generator);

    [LibraryImport(Library, EntryPoint = "glide_generator_set_state")]
    internal static partial int generator_set_state(nint generator, Tensor state);
}
