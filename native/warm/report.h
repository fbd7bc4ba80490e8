// Where the JSON of a warming goes.
#pragma once

#include <string>

#include "settings.h"

namespace ur {

bool wants_report(const WarmSettings& settings);
// One line. False: it could not be written, and standard error says why.
bool write_report(const WarmSettings& settings, const std::string& json);

}  // namespace ur
