// bindings/dsp_parts.h - what module `dsp` is put together from.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

extern const std::span<const Entry> kDspFft;         // dsp_fft.cc
extern const std::span<const Entry> kDspTransforms;  // dsp_transforms.cc
extern const std::span<const Entry> kDspComplex;     // dsp_complex.cc
extern const std::span<const Entry> kDspSpectra;     // dsp_spectra.cc
extern const std::span<const Entry> kDspConvolve;    // dsp_convolve.cc
extern const std::span<const Entry> kDspWavelets;    // dsp_wavelets.cc
extern const std::span<const Entry> kDspFixedFft;    // dsp_fixed_fft.cc
extern const std::span<const Entry> kDspWindows;     // dsp_windows.cc
extern const std::span<const Entry> kDspDesigns;     // dsp_designs.cc: recursive filters
extern const std::span<const Entry> kDspSections;    // dsp_sections.cc
extern const std::span<const Entry> kDspFir;         // dsp_fir.cc
extern const std::span<const Entry> kDspSavgol;      // dsp_savgol.cc
extern const std::span<const Entry> kDspResponses;   // dsp_responses.cc
extern const std::span<const Entry> kDspFirBlocks;   // dsp_fir_blocks.cc
extern const std::span<const Entry> kDspBlocks;      // dsp_blocks.cc: with feedback
extern const std::span<const Entry> kDspChain;       // dsp_chain.cc
extern const std::span<const Entry> kDspFrames;      // dsp_frames.cc
extern const std::span<const Entry> kDspRing;        // dsp_ring.cc
extern const std::span<const Entry> kDspFiltering;   // dsp_filtering.cc: whole signals
extern const std::span<const Entry> kDspResampling;  // dsp_resampling.cc: whole signals
extern const std::span<const Entry> kDspFeatures;    // dsp_features.cc
extern const std::span<const Entry> kDspSound;       // dsp_sound.cc: front end, pitch, level
extern const std::span<const Entry> kDspChanges;     // dsp_changes.cc: deltas, flux, onsets
extern const std::span<const Entry> kDspMeasures;    // dsp_measures.cc: distances, bands
extern const std::span<const Entry> kDspShapes;      // dsp_shapes.cc: RMS, centroid and so on
extern const std::span<const Entry> kDspPeaks;       // dsp_peaks.cc
extern const std::span<const Entry> kDspMotion;      // dsp_motion.cc: IMU

extern const Class kBlockClass;   // dsp_block.cc
extern const Class kFramesClass;  // dsp_frames.cc
extern const Class kRingClass;    // dsp_ring.cc

}  // namespace moonlet
