// Writes JSON, for descriptions and for the runner's output. Keys and nesting are the caller's care.
#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

namespace ur {

class JsonWriter {
 public:
  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  JsonWriter& key(const std::string& name) {
    string(name);
    text_ += ':';
    first_ = true;
    return *this;
  }
  JsonWriter& string(const std::string& value) {
    separate();
    text_ += '"';
    for (const char byte : value) escape(byte);
    text_ += '"';
    return *this;
  }
  JsonWriter& number(int64_t value) {
    separate();
    text_ += std::to_string(value);
    return *this;
  }
  JsonWriter& boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
  }
  JsonWriter& null() {
    separate();
    text_ += "null";
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  void separate() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  void escape(char byte) {
    if (byte == '"' || byte == '\\') text_ += '\\';
    if (static_cast<unsigned char>(byte) >= 0x20) {
      text_ += byte;
      return;
    }
    char code[8];
    snprintf(code, sizeof(code), "\\u%04x", static_cast<unsigned char>(byte));
    text_ += code;
  }

  std::string text_;
  bool first_ = true;
};

}  // namespace ur
