// NVRTC and the driver without a GPU: programs are compiled for this processor by g++, with fake_device.h in place of
// CUDA's own declarations, and their kernels run at once.
#include "fake.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Program {
  std::string source, folder, log;
  std::vector<std::string> kernels;

  std::string file(const char* name) const { return folder + name; }
};

struct Kernel {
  std::string name;
  int (*run)(const unsigned* grid, unsigned threads, unsigned shared_bytes, void** arguments, int backwards);
};

int backwards;
int last_program;

// Beside this library, whose folder the tests delete.
std::string folder_of_programs() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&folder_of_programs), &info);
  const std::string own = info.dli_fname;
  return own.substr(0, own.rfind('/') + 1);
}

}  // namespace

// For the tests: in which order a block's threads run between two barriers.
FAKE_API void fake_run_backwards(int is_wanted) { backwards = is_wanted; }

FAKE_API int nvrtcVersion(int* major, int* minor) {
  *major = 99;
  *minor = 1;
  return 0;
}

FAKE_API int nvrtcGetNumSupportedArchs(int* count) {
  *count = 4;
  return 0;
}

FAKE_API int nvrtcGetSupportedArchs(int* all) {
  for (int known : {75, 80, 86, 90}) *all++ = known;
  return 0;
}

FAKE_API int nvrtcCreateProgram(Program** made, const char* source, const char*, int, const char* const*,
                                const char* const*) {
  *made = new Program{source, folder_of_programs() + "program_" + std::to_string(++last_program), {}, {}};
  return fake_fails("nvrtcCreateProgram");
}

FAKE_API int nvrtcDestroyProgram(Program** made) {
  fake_note("forget the program");
  delete *made;
  return 0;
}

FAKE_API int nvrtcAddNameExpression(Program* made, const char* name) {
  made->kernels.push_back(name);
  return 0;
}

FAKE_API int nvrtcCompileProgram(Program* made, int count, const char* const* options) {
  for (int i = 0; i < count; i++) fake_note("compile with %s", options[i]);
  // As NVRTC does, from wherever the system finds it: nowhere, unless it is loaded already.
  if (!dlopen("libnvrtc-builtins.so.99.1", RTLD_LAZY)) {
    made->log = "nvrtc: error: failed to open libnvrtc-builtins.so.99.1.";
    return 7;
  }
  std::ofstream text(made->file(".cpp"));
  text << made->source << (fake_fails("nvrtcCompileProgram") ? "\nthis is no program\n" : "\n");
  for (std::size_t i = 0; i < made->kernels.size(); i++)
    text << "FAKE_KERNEL(" << i << ", (" << made->kernels[i] << "))\n";
  text.close();
  const std::string command = std::string("g++ -std=c++17 -O1 -mf16c -shared -fPIC -Wall -Wextra -Werror ") +
                              "-Wno-unknown-pragmas -fsanitize=alignment,bounds,shift,signed-integer-overflow " +
                              "-fsanitize-undefined-trap-on-error -include '" FAKE_DEVICE "' -o " + made->file(".so") +
                              " " + made->file(".cpp") + " 2>" + made->file(".log");
  const int status = std::system(command.c_str());
  std::stringstream log;
  log << std::ifstream(made->file(".log")).rdbuf();
  made->log = log.str();
  return status == 0 ? 0 : 6;
}

FAKE_API int nvrtcGetProgramLogSize(Program* made, std::size_t* size) {
  *size = made->log.size() + 1;
  return 0;
}

FAKE_API int nvrtcGetProgramLog(Program* made, char* text) {
  std::strcpy(text, made->log.c_str());
  return 0;
}

// A program's code is the name of its file.
FAKE_API int nvrtcGetCUBINSize(Program* made, std::size_t* size) {
  *size = made->file(".so").size() + 1;
  return 0;
}

FAKE_API int nvrtcGetCUBIN(Program* made, char* code) {
  std::strcpy(code, made->file(".so").c_str());
  return 0;
}

FAKE_API int nvrtcGetLoweredName(Program* made, const char* name, const char** lowered) {
  static std::string text;
  for (std::size_t i = 0; i < made->kernels.size(); i++)
    if (made->kernels[i] == name) text = "fake_kernel_" + std::to_string(i);
  *lowered = text.c_str();
  return 0;
}

FAKE_API int cuModuleLoadData(void** module, const void* code) {
  fake_note("load the program");
  *module = dlopen(static_cast<const char*>(code), RTLD_NOW | RTLD_LOCAL);
  return *module && !fake_fails("cuModuleLoadData") ? 0 : 300;
}

FAKE_API int cuModuleGetFunction(void** function, void* module, const char* name) {
  auto* kernel = new Kernel{name, nullptr};
  *reinterpret_cast<void**>(&kernel->run) = dlsym(module, name);
  *function = kernel;
  return kernel->run ? 0 : 500;
}

FAKE_API int cuLaunchKernel(Kernel* kernel, unsigned x, unsigned y, unsigned, unsigned threads, unsigned, unsigned,
                            unsigned shared_bytes, void* stream, void** arguments, void**) {
  fake_note("%s on stream %ld: %u x %u blocks of %u threads", kernel->name.c_str(), reinterpret_cast<long>(stream), x,
            y, threads);
  if (fake_fails("cuLaunchKernel")) return 701;
  const unsigned grid[] = {x, y};
  return kernel->run(grid, threads, shared_bytes, arguments, backwards);
}
