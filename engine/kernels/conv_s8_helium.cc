// Where a pixel's inputs are one run of memory they are read there, else they are gathered into
// scratch first, a few pixels at a time; places outside the image become the zero point.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include "engine/kernels/dot_helium.h"
#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/gather_helium.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::mve {
namespace {

// How far the taps of an axis reach from the first to behind the last.
int32_t Reach(const Axis& axis) { return (axis.kernel - 1) * axis.dilation + 1; }

// The inputs of output pixels.
class Patches {
 public:
  explicit Patches(const ConvS8Params& p)
      : y_(p.window.y),
        x_(p.window.x),
        zero_(static_cast<int8_t>(p.input_zero)),
        joined_(p.groups == 1 && p.window.x.dilation == 1),
        channels_(p.in_channels),
        depth_(p.in_channels / p.groups),
        row_(std::ptrdiff_t{p.window.x.kernel} * depth_) {}

  std::ptrdiff_t size() const { return row_ * y_.kernel; }

  // Copies those whose first tap is at `first` and that lie inside the image.
  [[gnu::always_inline]] void Copy(const int8_t* first, int8_t* to) const {
    const std::ptrdiff_t step = std::ptrdiff_t{y_.dilation} * x_.input * channels_;
    CopyRows(to, row_, first, step, y_.kernel, row_);
  }
  // Whether all patches inside the image can be copied so: the taps of a row are neighbours in
  // the image, too.
  bool joined() const { return joined_; }

  // Collects those of output (oy, ox), with taps outside the image.
  [[gnu::noinline]] void Gather(const int8_t* image, int32_t oy, int32_t ox, int8_t* to) const {
    const Axis::Taps ty = y_.TapsAt(oy), tx = x_.TapsAt(ox);
    for (int32_t ky = 0; ky < y_.kernel; ++ky, to += row_) {
      if (ky < ty.first || ky >= ty.last) {
        FillBytes(to, zero_, row_);
      } else {
        const std::ptrdiff_t row = std::ptrdiff_t{ty.origin + ky * y_.dilation} * x_.input;
        GatherRow(image + row * channels_, tx, to);
      }
    }
  }

 private:
  void GatherRow(const int8_t* row, const Axis::Taps& tx, int8_t* to) const {
    FillBytes(to, zero_, tx.first * depth_);
    FillBytes(to + tx.last * depth_, zero_, (x_.kernel - tx.last) * depth_);
    const int32_t taps = tx.last - tx.first;
    const int8_t* from = row + std::ptrdiff_t{tx.origin + tx.first * x_.dilation} * channels_;
    to += tx.first * depth_;
    if (joined_) {
      CopyRows(to, 0, from, 0, 1, taps * depth_);
    } else {
      CopyRows(to, depth_, from, std::ptrdiff_t{x_.dilation} * channels_, taps, depth_);
    }
  }

  const Axis& y_;
  const Axis& x_;
  int8_t zero_;
  bool joined_;
  std::ptrdiff_t channels_;
  std::ptrdiff_t depth_;
  std::ptrdiff_t row_;
};

// Collects the inputs of pixels until there are enough to compute their outputs.
class PixelQueue {
 public:
  PixelQueue(const LayerPart& part, std::ptrdiff_t stride, const StopToken& stop)
      : part_(part),
        stride_(stride),
        most_(device::PixelsAtOnce(part.depth)),
        work_(part.depth * part.channels),
        meter_(stop) {}

  void Begin(int8_t* output) { output_ = output; }
  int32_t size() const { return size_; }
  // False: stop now.
  [[gnu::always_inline]] bool Push(const int8_t* x) {
    x_[size_++] = x;
    return size_ < most_ || Flush();
  }
  [[gnu::noinline]] bool Flush() {
    if (!meter_.Spend(work_ * size_)) return false;
    for (int32_t done = 0; done < size_;) {
      const int32_t count = NextPixels(part_.depth, size_ - done);
      FinishPixels(part_, x_ + done, count, nullptr, output_, stride_);
      output_ += count * stride_;
      done += count;
    }
    size_ = 0;
    return true;
  }

 private:
  const LayerPart& part_;
  std::ptrdiff_t stride_;
  int32_t most_;
  int64_t work_;
  WorkMeter meter_;
  int8_t* output_ = nullptr;
  int32_t size_ = 0;
  const int8_t* x_[device::kMostPixels] = {};
};

// One image, of a group of channels.
bool ConvImage(const Window& window, std::ptrdiff_t channels, const Patches& patches, bool direct,
               const int8_t* image, int8_t* scratch, PixelQueue& queue) {
  const Axis& x = window.x;
  const std::ptrdiff_t size = patches.size();
  const int32_t last = x.input - Reach(x);  // place of a patch inside the image
  const int32_t columns = x.output, stride = x.stride;
  for (int32_t oy = 0; oy < window.y.output; ++oy) {
    const int32_t iy = oy * window.y.stride - window.y.pad;
    const bool row_inside = patches.joined() && iy >= 0 && iy + Reach(window.y) <= window.y.input;
    const int8_t* from = image + (std::ptrdiff_t{iy} * x.input - x.pad) * channels;
    for (int32_t ox = 0, ix = -x.pad; ox < columns; ++ox, ix += stride, from += stride * channels) {
      const int8_t* patch = from;
      if (!direct) {
        int8_t* to = scratch + queue.size() * size;
        if (row_inside && ix >= 0 && ix <= last) {
          patches.Copy(from, to);
        } else {
          patches.Gather(image, oy, ox, to);
        }
        patch = to;
      }
      if (!queue.Push(patch)) return false;
    }
  }
  return queue.size() == 0 || queue.Flush();
}

}  // namespace

bool ConvS8(const ConvS8Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
            Share share, const StopToken& stop) {
  if (share.index > 0) return true;
  const Window& window = p.window;
  const Patches patches(p);
  const bool direct = !device::IsGathered(p);
  const int32_t group_inputs = p.in_channels / p.groups;
  const int32_t group_outputs = p.out_channels / p.groups;
  LayerPart part = {layer.weights,  patches.size(),
                    patches.size(), 0,
                    group_outputs,  Requantizer(layer.prepared, p.out_channels, p.output)};
  PixelQueue queue(part, p.out_channels, stop);
  const std::ptrdiff_t image_size = std::ptrdiff_t{window.y.input} * window.x.input * p.in_channels;
  const std::ptrdiff_t output_size =
      std::ptrdiff_t{window.y.output} * window.x.output * p.out_channels;
  for (int32_t n = 0; n < window.batches; ++n, input += image_size, output += output_size) {
    for (int32_t group = 0; group < p.groups; ++group) {
      part.first = group * group_outputs;
      part.weights = layer.weights + part.first * patches.size();
      queue.Begin(output + part.first);
      if (!ConvImage(window, p.in_channels, patches, direct, input + group * group_inputs,
                     reinterpret_cast<int8_t*>(layer.scratch), queue))
        return false;
    }
  }
  return true;
}

}  // namespace moonlet::mve
#endif
