#include "check.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "json.h"
#include "plan.h"
#include "report.h"
#include "root.h"

namespace ur {
namespace {

constexpr const char* kTypes[] = {"unknown", "absent", "file", "directory", "symlink", "other"};
static_assert(sizeof(kTypes) / sizeof(kTypes[0]) == static_cast<size_t>(PlanType::kCount_), "one name each");

struct OnDisk {
  PlanType type;
  uint64_t size;
};

PlanType type_of(unsigned mode) {
  if (S_ISREG(mode)) return PlanType::kFile;
  if (S_ISDIR(mode)) return PlanType::kDirectory;
  return S_ISLNK(mode) ? PlanType::kSymlink : PlanType::kOther;
}

// kUnknown: nobody knows, since it cannot be looked at.
OnDisk look(const Root& root, const char* path, bool follow) {
  Found found;
  const int error = root.find(path, follow, false, &found);
  if (error == -ENOENT || error == -ENOTDIR) return {PlanType::kAbsent, 0};
  if (error != 0) return {PlanType::kUnknown, 0};
  close(found.fd);
  return {type_of(found.mode), found.size};
}

// nullptr: as recorded, as far as that is known.
const char* difference(const PlanRecord& record, const OnDisk& now) {
  const PlanType was = static_cast<PlanType>(record.type);
  if (now.type == PlanType::kUnknown) return "unreadable";
  if (was == PlanType::kAbsent) return now.type == PlanType::kAbsent ? nullptr : "appeared";
  if (now.type == PlanType::kAbsent) return "vanished";
  if (was != PlanType::kUnknown && was != now.type) return "type";
  const bool sized = now.type == PlanType::kFile && record.size != kPlanSizeUnknown;
  return sized && record.size != now.size ? "size" : nullptr;
}

// Control characters must not reach a terminal.
std::string printable(const char* path) {
  std::string text;
  for (; *path != '\0'; path++) {
    const unsigned char byte = static_cast<unsigned char>(*path);
    char code[8];
    snprintf(code, sizeof(code), "\\x%02x", byte);
    text += byte < 0x20 || byte == 0x7f ? code : std::string(1, *path);
  }
  return text;
}

const char* name_of(PlanType type) { return kTypes[static_cast<size_t>(type)]; }

}  // namespace

int check_plan(const WarmSettings& settings) {
  PlanFile file;
  Root root;
  Error error = file.open(settings.plan);
  if (error.ok()) error = root.open(settings.root);
  if (!error.ok()) {
    fprintf(stderr, "uring-warm: %s\n  %s\n", error.message.c_str(), error.remedy.c_str());
    return 2;
  }
  const Plan& plan = file.plan();
  JsonWriter json;
  json.open('{').key("schema").string("uring-replay/warm-check@1").key("records").number(plan.size());
  json.key("changed").open('[');
  bool changed = false;
  for (uint32_t i = 0; i < plan.size(); i++) {
    const PlanRecord& record = plan.records[i];
    const OnDisk now = look(root, plan.path(record), (record.flags & kPlanNoFollow) == 0);
    const char* what = difference(record, now);
    if (what == nullptr) continue;
    changed = true;
    json.open('{').key("record").number(i).key("what").string(what).key("type").string(name_of(now.type));
    json.key("size").number(static_cast<int64_t>(now.size)).close('}');
    if (!wants_report(settings)) printf("%s %s\n", what, printable(plan.path(record)).c_str());
  }
  json.close(']').close('}');
  if (wants_report(settings) && !write_report(settings, json.text())) return 2;
  return changed ? 1 : 0;
}

}  // namespace ur
