#include "fuse_nodes.h"

#include <fcntl.h>

#include <algorithm>

namespace ur {

int fuse_open(const FusePlace& place, int flags) {
  flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (place.is_directory) return openat(place.self->fd, ".", flags);
  if (!place.self) return openat(place.parent->fd, place.name.c_str(), flags | O_NOFOLLOW);
  return open(("/proc/self/fd/" + std::to_string(place.self->fd)).c_str(), flags);
}

FuseNodes::FuseNodes(std::shared_ptr<FuseDescriptor> root) {
  nodes_[kFuseRoot] = Node{{}, std::move(root), true, {}, 1};
}

std::string FuseNodes::key(uint64_t parent, const std::string& name) {
  std::string bytes(reinterpret_cast<const char*>(&parent), sizeof(parent));
  return bytes += name;
}

FusePlace FuseNodes::place_of(const Node& node) {
  if (node.names.empty()) return {nullptr, "", node.self, node.is_directory};
  const Name& name = node.names.front();
  return {name.directory, name.name, node.self, node.is_directory};
}

bool FuseNodes::find(uint64_t id, FusePlace* place) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return false;
  *place = place_of(found->second);
  return true;
}

bool FuseNodes::find(uint64_t parent, const std::string& name, FusePlace* place) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = by_name_.find(key(parent, name));
  if (known == by_name_.end()) return false;
  *place = place_of(nodes_.at(known->second));
  return true;
}

uint64_t FuseNodes::looked_up(uint64_t parent, FusePlace place, const struct stat& found) {
  const std::pair<dev_t, ino_t> inode(found.st_dev, found.st_ino);
  const std::lock_guard<std::mutex> lock(mutex_);
  uint64_t id = 0;
  const auto known = by_name_.find(key(parent, place.name));
  if (known != by_name_.end()) {
    id = known->second;
  } else {
    const auto linked = by_inode_.find(inode);
    id = !place.is_directory && linked != by_inode_.end() ? linked->second : next_++;
    Node& node = nodes_[id];
    if (node.lookups == 0) {
      node.self = place.self;
      node.is_directory = place.is_directory;
      node.inode = inode;
      if (!place.is_directory) by_inode_[inode] = id;
    }
    add_name(id, {parent, std::move(place.parent), std::move(place.name)});
  }
  nodes_[id].lookups++;
  return id;
}

uint64_t FuseNodes::unnamed(std::shared_ptr<FuseDescriptor> file, const struct stat& found) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint64_t id = next_++;
  const std::pair<dev_t, ino_t> inode(found.st_dev, found.st_ino);
  nodes_[id] = Node{{}, std::move(file), false, inode, 1};
  by_inode_[inode] = id;
  return id;
}

void FuseNodes::add_name(uint64_t id, Name name) {
  Node& node = nodes_[id];
  by_name_[key(name.parent, name.name)] = id;
  node.names.push_back(std::move(name));
  if (!node.is_directory) node.self = nullptr;
}

void FuseNodes::take_name(Node& node, uint64_t parent, const std::string& name) {
  by_name_.erase(key(parent, name));
  const auto is_it = [&](const Name& other) { return other.parent == parent && other.name == name; };
  node.names.erase(std::remove_if(node.names.begin(), node.names.end(), is_it), node.names.end());
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
  for (const Name& name : node.names) by_name_.erase(key(name.parent, name.name));
  const auto linked = by_inode_.find(node.inode);
  if (linked != by_inode_.end() && linked->second == id) by_inode_.erase(linked);
  nodes_.erase(found);
}

size_t FuseNodes::remembered() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return nodes_.size() - 1;
}

void FuseNodes::removed(uint64_t parent, const std::string& name, std::shared_ptr<FuseDescriptor> orphan) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = by_name_.find(key(parent, name));
  if (known == by_name_.end()) return;
  const uint64_t id = known->second;
  Node& node = nodes_[id];
  take_name(node, parent, name);
  if (!node.names.empty() || node.is_directory) return;
  node.self = std::move(orphan);
  // The file system may give the inode number to another file once this one is gone.
  if (node.self == nullptr) by_inode_.erase(node.inode);
}

void FuseNodes::moved(uint64_t from, const std::string& name, uint64_t to,
                      std::shared_ptr<FuseDescriptor> directory, const std::string& new_name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = by_name_.find(key(from, name));
  if (known == by_name_.end()) return;
  const uint64_t id = known->second;
  take_name(nodes_[id], from, name);
  add_name(id, {to, std::move(directory), new_name});
}

void FuseNodes::exchanged(uint64_t parent_a, const std::string& a, uint64_t parent_b, const std::string& b) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto at_a = by_name_.find(key(parent_a, a));
  const auto at_b = by_name_.find(key(parent_b, b));
  if (at_a == by_name_.end() || at_b == by_name_.end()) return;
  const uint64_t id_a = at_a->second;
  const uint64_t id_b = at_b->second;
  const auto directory_of = [&](uint64_t parent) { return nodes_[parent].self; };
  take_name(nodes_[id_a], parent_a, a);
  take_name(nodes_[id_b], parent_b, b);
  add_name(id_a, {parent_b, directory_of(parent_b), b});
  add_name(id_b, {parent_a, directory_of(parent_a), a});
}

}  // namespace ur
