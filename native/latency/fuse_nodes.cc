#include "fuse_nodes.h"

#include <utility>

namespace ur {

FuseNodes::FuseNodes(std::shared_ptr<FuseDirectory> root) {
  nodes_[kFuseRoot] = Node{0, FusePlace{nullptr, "", std::move(root)}, 1};
}

std::string FuseNodes::key(uint64_t parent, const std::string& name) {
  std::string bytes(reinterpret_cast<const char*>(&parent), sizeof(parent));
  return bytes += name;
}

bool FuseNodes::find(uint64_t id, FusePlace* place) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return false;
  *place = found->second.place;
  return true;
}

uint64_t FuseNodes::looked_up(uint64_t parent, FusePlace place) {
  std::string name_key = key(parent, place.name);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = by_name_.find(name_key);
  if (known != by_name_.end()) {
    nodes_[known->second].lookups++;
    return known->second;
  }
  const uint64_t id = next_++;
  nodes_[id] = Node{parent, std::move(place), 1};
  by_name_[std::move(name_key)] = id;
  return id;
}

void FuseNodes::forget(uint64_t id, uint64_t lookups) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = nodes_.find(id);
  if (id == kFuseRoot || found == nodes_.end()) return;
  Node& node = found->second;
  if (lookups < node.lookups) {
    node.lookups -= lookups;
    return;
  }
  by_name_.erase(key(node.parent, node.place.name));
  nodes_.erase(found);
}

size_t FuseNodes::remembered() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return nodes_.size() - 1;
}

}  // namespace ur
