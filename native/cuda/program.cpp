// Finds NVRTC and the driver, and calls them.
#include "program.h"
#include "glide_cuda.h"

#include <dlfcn.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <type_traits>

namespace glide {
namespace {

using Source = void*;  // nvrtcProgram

// It needs both, and libtorch loads it only where it compiles something itself.
constexpr char kLibrary[] = "libcaffe2_nvrtc.so";

constexpr int kMajor = 75, kMinor = 76;  // cudaDevAttrComputeCapabilityMajor, Minor

std::string folder_of(const void* function) {
  Dl_info info;
  if (!dladdr(function, &info)) throw std::runtime_error("a function is in no library");
  const std::string file = info.dli_fname;
  return file.substr(0, file.rfind('/') + 1);
}

struct Compiler {
  int (*version)(int* major, int* minor);
  int (*count_architectures)(int* count);
  int (*architectures)(int* all);
  int (*create)(Source* made, const char* text, const char* name, int headers, const char* const*, const char* const*);
  int (*destroy)(Source* made);
  int (*add_name)(Source made, const char* name);
  int (*compile)(Source made, int count, const char* const* options);
  int (*log_size)(Source made, std::size_t* size);
  int (*log)(Source made, char* text);
  int (*code_size)(Source made, std::size_t* size);
  int (*code)(Source made, char* to);
  int (*lowered_name)(Source made, const char* name, const char** lowered);

  int (*load)(CudaModule* module, const void* code);
  int (*find)(CudaFunction* function, CudaModule module, const char* name);
  int (*launch)(CudaFunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned x, unsigned y,
                unsigned z, unsigned shared_bytes, CudaStream stream, void** arguments, void** extra);

  // Beside libtorch_cuda, from where it also finds the libraries that it needs.
  Compiler() {
    const std::string file = folder_of(reinterpret_cast<void*>(torch().graph_replay)) + kLibrary;
    void* library = dlopen(file.c_str(), RTLD_LAZY);
    if (!library) throw std::runtime_error(dlerror());
    const auto search = [library](auto& pointer, const char* name) {
      pointer = reinterpret_cast<std::remove_reference_t<decltype(pointer)>>(dlsym(library, name));
      if (!pointer) throw std::runtime_error(std::string(kLibrary) + " lacks " + name);
    };
    search(version, "nvrtcVersion");
    search(count_architectures, "nvrtcGetNumSupportedArchs");
    search(architectures, "nvrtcGetSupportedArchs");
    search(create, "nvrtcCreateProgram");
    search(destroy, "nvrtcDestroyProgram");
    search(add_name, "nvrtcAddNameExpression");
    search(compile, "nvrtcCompileProgram");
    search(log_size, "nvrtcGetProgramLogSize");
    search(log, "nvrtcGetProgramLog");
    search(code_size, "nvrtcGetCUBINSize");
    search(code, "nvrtcGetCUBIN");
    search(lowered_name, "nvrtcGetLoweredName");
    search(load, "cuModuleLoadData");
    search(find, "cuModuleGetFunction");
    search(launch, "cuLaunchKernel");
    load_builtins();
  }

  // NVRTC opens these by their name and version. Packages have them beside it, where the system need not look, and one
  // of them without the version; a library that is loaded is found by the name that it was built with.
  void load_builtins() const {
    int major = 0, minor = 0;
    if (version(&major, &minor) != 0) return;
    const std::string file = folder_of(reinterpret_cast<void*>(create)) + "libnvrtc-builtins.so";
    const std::string full = file + "." + std::to_string(major) + "." + std::to_string(minor);
    if (!dlopen(full.c_str(), RTLD_LAZY)) dlopen(file.c_str(), RTLD_LAZY);
  }
};

// Throws every time where they are not to be had.
const Compiler& compiler() {
  static const Compiler found;
  return found;
}

void require(int error, const char* what) {
  if (error != 0) throw std::runtime_error(std::string(what) + ": error " + std::to_string(error));
}

std::string log_of(Source source) {
  std::size_t size = 0;
  if (compiler().log_size(source, &size) != 0 || size == 0) return {};
  std::string text(size, '\0');
  return compiler().log(source, text.data()) == 0 ? text.c_str() : std::string();
}

// Such as 90, which stands for 9.0: the device's own, or the newest before it that NVRTC knows. Code for that runs on
// the device where the first number is the same.
int architecture(DeviceIndex device) {
  int major = 0, minor = 0, count = 0;
  check(torch().device_attribute(&major, kMajor, device));
  check(torch().device_attribute(&minor, kMinor, device));
  require(compiler().count_architectures(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> known(static_cast<std::size_t>(count));
  require(compiler().architectures(known.data()), "nvrtcGetSupportedArchs");
  int best = major * 10;
  for (int each : known)
    if (each / 10 == major && each <= major * 10 + minor) best = std::max(best, each);
  return best;
}

}  // namespace

Program::Program(const std::string& source, const std::vector<std::string>& kernels, DeviceIndex device) {
  Source made = nullptr;
  require(compiler().create(&made, source.c_str(), "glide.cu", 0, nullptr, nullptr), "nvrtcCreateProgram");
  const auto destroy = [](Source* source) { compiler().destroy(source); };
  const std::unique_ptr<Source, decltype(destroy)> destroyed(&made, destroy);
  for (const auto& kernel : kernels) require(compiler().add_name(made, kernel.c_str()), "nvrtcAddNameExpression");

  const std::string option = "--gpu-architecture=sm_" + std::to_string(architecture(device));
  const char* const options[] = {option.c_str()};
  if (compiler().compile(made, 1, options) != 0)
    throw std::runtime_error("compiling with " + option + " failed: " + log_of(made));
  std::size_t size = 0;
  require(compiler().code_size(made, &size), "nvrtcGetCUBINSize");
  std::vector<char> code(size);
  require(compiler().code(made, code.data()), "nvrtcGetCUBIN");

  // A thread that has told the device nothing yet has no context there.
  const OnDevice on(device);
  check(torch().set_device(device));
  CudaModule module = nullptr;
  require(compiler().load(&module, code.data()), "cuModuleLoadData");
  for (const auto& kernel : kernels) {
    const char* name = nullptr;
    require(compiler().lowered_name(made, kernel.c_str(), &name), "nvrtcGetLoweredName");
    functions_.emplace_back();
    require(compiler().find(&functions_.back(), module, name), "cuModuleGetFunction");
  }
}

void start(CudaFunction function, const Launch& launch, const Stream& stream, void** arguments) {
  const int error = compiler().launch(function, launch.blocks_x, launch.blocks_y, 1, launch.threads, 1, 1,
                                      static_cast<unsigned>(launch.shared_bytes), torch().cuda_stream(&stream),
                                      arguments, nullptr);
  if (error != 0) throw CudaError();
}

}  // namespace glide
