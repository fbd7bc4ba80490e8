// Decides who touches the records and how many at once, and ends it in time. It begins narrowly: on a storage
// that answers at once nothing is gained by more, and the command needs the CPUs. Once a record waits for the
// storage a ring joins the threads, each with half of the full width, from the same queue; whichever has
// touched more records when enough are done goes on alone with all of it.
#pragma once

#include <memory>
#include <string>

#include "crew.h"
#include "settings.h"

namespace ur {

class Leader {
 public:
  // `first_width`: to begin with, where none is set. `wake`: an eventfd for the crews. `command_fd`: a pidfd,
  // or -1.
  Leader(Toucher& toucher, Queue& queue, const WarmSettings& settings, unsigned first_width, int wake,
         int command_fd, uint64_t end_ns);

  // Returns when all is touched, or time is over, or the command has ended. UR_WARM: nobody could begin.
  Error lead();

  // Who did it in the end, and how many at once at most; nullptr: nobody.
  const Crew* chosen() const { return chosen_; }
  // Records of each when the race was decided; nobody raced: false.
  bool raced() const { return decided_; }
  uint64_t raced_threads() const { return raced_threads_; }
  uint64_t raced_ring() const { return raced_ring_; }
  // Why there was no ring although one was wanted; empty otherwise.
  const std::string& no_ring() const { return no_ring_; }
  // "command", "failed", or nullptr.
  const char* stopped_by() const { return stopped_by_; }

 private:
  Error begin();
  bool may_race() const;
  Error begin_alone(unsigned width);
  void race();
  void decide();
  void see_to_width();
  bool wait();
  bool finished() const;
  bool slow() const;

  Toucher& toucher_;
  Queue& queue_;
  const WarmSettings& settings_;
  const int wake_;
  const int command_fd_;
  const uint64_t end_ns_;
  const unsigned first_width_;
  unsigned widest_;
  std::unique_ptr<Crew> threads_;
  std::unique_ptr<Crew> ring_;
  Crew* chosen_ = nullptr;
  bool racing_ = false;
  bool decided_ = false;
  uint64_t raced_threads_ = 0;
  uint64_t raced_ring_ = 0;
  std::string no_ring_;
  const char* stopped_by_ = nullptr;
};

}  // namespace ur
