#pragma once

#include <string>

#include "consumers/top/reading.h"
#include "tidemill/telemetry/drift_figures.h"

namespace tidemill {

/// The figures of counts beside a baseline, with nothing known but the labels
/// of the bins (telemetry/drift_bins.h) and the baseline's shares. Whole
/// baseline counts come back from shares by `baseline_rows`; without it the
/// figures that need them are left out.
/// Sets `problem` and answers no figures when bins and baseline do not fit.
DriftFigures FiguresOfBins(const BinValues& counts, const BinValues& baseline,
                           const double* baseline_rows, std::string& problem);

/// The sum over the bins.
double SumOf(const BinValues& values);

}  // namespace tidemill
