#include "tidemill/config/host_port.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(HostPortTest, ReadsNamesAndAddresses) {
  EXPECT_EQ(ParseHostPort("localhost:0"), (HostPort{"localhost", 0}));
  EXPECT_EQ(ParseHostPort("127.0.0.1:65535"), (HostPort{"127.0.0.1", 65535}));
}

TEST(HostPortTest, ReadsIpv6InBrackets) {
  EXPECT_EQ(ParseHostPort("[::1]:9092"), (HostPort{"::1", 9092}));
}

TEST(HostPortTest, TakesNothingElse) {
  for (const char* text :
       {"", "9092", ":9092", "host", "host:", "host:65536", "host:-1",
        "host:+1", "::1:9092", "a b:1", "[]:1", "http://host:1", "host:1 "}) {
    EXPECT_EQ(ParseHostPort(text), std::nullopt) << text;
  }
}

TEST(HostPortTest, PrintsWhatItReads) {
  EXPECT_EQ(ToText(HostPort{"::1", 80}), "[::1]:80");
  EXPECT_EQ(ToText(HostPort{"h", 80}), "h:80");
}

}  // namespace
}  // namespace tidemill
