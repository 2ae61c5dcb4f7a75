// libtorch hands its convolutions on to oneDNN, and at every call it asks oneDNN anew how it would compute this one, and
// brings the kernel into the order that the answer wants. For small pictures that takes as long as the convolution. Here
// answer and kernel are kept. It is the same implementation of oneDNN in the same blocks, so the sums are the same.
#include "convolution.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/native/ConvUtils.h>
#include <ATen/ops/empty.h>

#include <oneapi/dnnl/dnnl.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace {

using dnnl::memory;
using Dims = memory::dims;

// Kernels are kept twice: as libtorch has them and as oneDNN wants them. Beyond this many bytes nothing more is.
constexpr int64_t kMostBytes = int64_t{128} << 20;

dnnl::engine& engine() {
  static auto* cpu = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *cpu;
}

Tensor bytes_for(const memory::desc& order) {
  return at::empty({static_cast<int64_t>(order.get_size())}, at::TensorOptions().dtype(at::kByte));
}

memory at_address(const memory::desc& order, const Tensor& tensor) { return memory(order, engine(), tensor.data_ptr()); }

// One convolution of pictures of one size, as oneDNN wants to compute it.
class Plan {
 public:
  Plan(const Dims& input, const Dims& weight, const Dims& output, const Dims& padding)
      : input_(plain(input)), output_(plain(output)), question_(question(input, weight, output, padding)), answer_(question_) {
    if (question_.src_desc() != input_) arrange_ = dnnl::reorder({engine(), input_, engine(), question_.src_desc()});
    if (question_.dst_desc() != output_) restore_ = dnnl::reorder({engine(), question_.dst_desc(), engine(), output_});
  }

  memory::desc weight_order() const { return question_.weights_desc(); }

  Tensor run(const Tensor& input, const Tensor& weight, const Tensor& bias) const {
    dnnl::stream stream(engine());
    Tensor output = at::empty(output_.dims(), input.options());
    Tensor arranged, blocked = output, scratch = bytes_for(question_.scratchpad_desc());
    memory source = at_address(input_, input);
    if (arrange_) {
      arranged = bytes_for(question_.src_desc());
      memory target = at_address(question_.src_desc(), arranged);
      arrange_.execute(stream, source, target);
      source = target;
    }
    if (restore_) blocked = bytes_for(question_.dst_desc());
    memory result = at_address(question_.dst_desc(), blocked);
    answer_.execute(stream, {{DNNL_ARG_SRC, source},
                             {DNNL_ARG_WEIGHTS, at_address(question_.weights_desc(), weight)},
                             {DNNL_ARG_BIAS, at_address(question_.bias_desc(), bias)},
                             {DNNL_ARG_DST, result},
                             {DNNL_ARG_SCRATCHPAD, at_address(question_.scratchpad_desc(), scratch)}});
    if (restore_) {
      memory target = at_address(output_, output);
      restore_.execute(stream, result, target);
    }
    return output;
  }

  static memory::desc plain(const Dims& sizes) { return {sizes, memory::data_type::f32, memory::format_tag::abcd}; }

 private:
  using Question = dnnl::convolution_forward::primitive_desc;

  // Word for word what libtorch asks.
  static Question question(const Dims& input, const Dims& weight, const Dims& output, const Dims& padding) {
    auto any = [](const Dims& sizes) { return memory::desc(sizes, memory::data_type::f32, memory::format_tag::any); };
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return Question({dnnl::prop_kind::forward, dnnl::algorithm::convolution_direct, any(input), any(weight),
                     memory::desc({weight[0]}, memory::data_type::f32, memory::format_tag::any), any(output), {1, 1}, padding, padding},
                    attributes, engine());
  }

  memory::desc input_, output_;
  Question question_;
  dnnl::convolution_forward answer_;
  dnnl::reorder arrange_, restore_;
};

// A kernel in one of the orders that plans want.
struct Packed {
  memory::desc order;
  Tensor weight;
};

// All that is known of one kernel of a network. It goes when the kernel does, or is changed.
struct Known {
  c10::weak_intrusive_ptr<at::TensorImpl, c10::UndefinedTensorImpl> owner;
  int64_t version;
  std::map<std::vector<int64_t>, std::shared_ptr<const std::pair<Plan, Tensor>>> plans;   // null: libtorch computes it otherwise
  std::vector<Packed> packed;

  int64_t bytes() const {
    int64_t sum = 0;
    for (const auto& one : packed) sum += one.weight.numel();
    return sum;
  }
};

int64_t version_of(const Tensor& weight) { return weight.is_inference() ? 0 : weight._version(); }

class Convolutions {
 public:
  // Null where libtorch would compute this one without oneDNN, or too much is kept already.
  std::shared_ptr<const std::pair<Plan, Tensor>> find(
      const Tensor& input, const Tensor& weight, const Tensor& bias, const Dims& padding) {
    std::vector<int64_t> key(input.sizes().begin(), input.sizes().end());
    key.insert(key.end(), {padding[0], padding[1], at::get_num_threads()});
    std::lock_guard<std::mutex> lock(mutex_);
    Known& known = known_of(weight);
    auto found = known.plans.find(key);
    if (found != known.plans.end()) return found->second;
    return known.plans[key] = make(known, input, weight, bias, padding);
  }

 private:
  Known& known_of(const Tensor& weight) {
    auto* address = weight.unsafeGetTensorImpl();
    auto found = all_.find(address);
    if (found != all_.end() && !found->second.owner.expired() && found->second.version == version_of(weight)) return found->second;
    for (auto one = all_.begin(); one != all_.end();) one = one->second.owner.expired() || one == found ? all_.erase(one) : std::next(one);
    return all_.emplace(address, Known{decltype(Known::owner)(weight.getIntrusivePtr()), version_of(weight), {}, {}}).first->second;
  }

  std::shared_ptr<const std::pair<Plan, Tensor>> make(
      Known& known, const Tensor& input, const Tensor& weight, const Tensor& bias, const Dims& padding) {
    Tensor kernel = weight.dim() == 3 ? weight.unsqueeze(2) : weight;
    const int64_t one[] = {1, 1}, none[] = {0, 0};
    if (at::native::select_conv_backend(input, kernel, bias, one, padding, one, false, none, 1) != at::native::ConvBackend::Mkldnn)
      return nullptr;
    Dims sizes = input.sizes().vec(), taps = kernel.sizes().vec();
    Dims result{sizes[0], taps[0], sizes[2] + 2 * padding[0] - taps[2] + 1, sizes[3] + 2 * padding[1] - taps[3] + 1};
    Plan plan(sizes, taps, result, padding);
    Tensor packed = pack(known, kernel, plan.weight_order());
    return packed.defined() ? std::make_shared<const std::pair<Plan, Tensor>>(std::move(plan), packed) : nullptr;
  }

  Tensor pack(Known& known, const Tensor& kernel, const memory::desc& order) {
    auto found = std::find_if(known.packed.begin(), known.packed.end(), [&](const Packed& one) { return one.order == order; });
    if (found != known.packed.end()) return found->weight;
    int64_t bytes = static_cast<int64_t>(order.get_size());
    for (const auto& one : all_) bytes += one.second.bytes();
    if (bytes > kMostBytes) return Tensor();
    Tensor packed = bytes_for(order);
    Tensor contiguous = kernel.contiguous();
    memory source = at_address(Plan::plain(kernel.sizes().vec()), contiguous), target = at_address(order, packed);
    dnnl::stream stream(engine());
    dnnl::reorder(source, target).execute(stream, source, target);
    known.packed.push_back({order, packed});
    return packed;
  }

  std::mutex mutex_;
  std::unordered_map<at::TensorImpl*, Known> all_;
};

// Never destroyed: libtorch's allocator may be gone before.
Convolutions& convolutions() {
  static auto* all = new Convolutions;
  return *all;
}

bool is_plain(const Tensor& tensor) {
  return tensor.layout() == at::kStrided && tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat;
}

bool is_differentiated(const Tensor& tensor) { return at::GradMode::is_enabled() && tensor.requires_grad(); }

}  // namespace

std::optional<Tensor> glide::prepared_convolution(
    const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding_h, int64_t padding_w) {
  for (const Tensor* tensor : {&input, &weight, &bias})
    if (!is_plain(*tensor) || is_differentiated(*tensor)) return std::nullopt;
  bool fits = input.dim() == 4 && input.numel() > 0 && weight.size(1) == input.size(1) && weight.size(0) == bias.numel() &&
              input.suggest_memory_format() == at::MemoryFormat::Contiguous && weight.is_contiguous() && bias.is_contiguous();
  if (!fits) return std::nullopt;
  auto found = convolutions().find(input, weight, bias, {padding_h, padding_w});
  if (!found) return std::nullopt;
  return found->first.run(input.contiguous(), found->second, bias);
}
