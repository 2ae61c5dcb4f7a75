// Copies to a device that do not wait for what the device was told before.
#include "glide_cuda.h"
#include "streams.h"

#include <memory>

namespace {

struct Copying {
  glide::DeviceIndex device;
  glide::Stream working;
  glide::Stream copying;
};

}  // namespace

// From here to glide_copy_end this thread copies to a device on a stream of its own, beside whatever the device is
// doing; null, and nothing to end, where that cannot be.
GLIDE_API Copying* glide_copy_begin(int device) {
  std::unique_ptr<Copying> made;
  const bool begun = glide::succeeds([&] {
    const auto index = glide::index_of(device);
    const Copying copy{index, glide::torch().current_stream(index), glide::side_stream<glide::ForCopies>(index)};
    made = std::make_unique<Copying>(copy);
    glide::torch().set_current_stream(copy.copying);
  });
  return begun ? made.release() : nullptr;
}

// Goes back to the stream before. What the device is told from now on waits for the copy, an at::Tensor*, which may be
// null where none was made; 0, or -1 if the copy is of no use.
GLIDE_API int glide_copy_end(Copying* begun, void* tensor) {
  const std::unique_ptr<Copying> copy(begun);
  const bool is_back = glide::succeeds([&] { glide::torch().set_current_stream(copy->working); });
  const bool waits = !tensor || glide::succeeds([&] {
    glide::OnDevice on(copy->device);
    glide::Event copied;
    copied.record(copy->copying);
    copied.block(copy->working);
    // Memory of the copying stream must not serve another copy while the working one still reads it.
    glide::torch().record_stream(tensor, copy->working);
  });
  return is_back && waits ? 0 : -1;
}
