#include "tidemill/telemetry/listen_address.h"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(ListenAddressTest, ReadsIpv4AndIpv6) {
  const ListenAddress v4 = ResolveListenAddress("a", "0.0.0.0:9464");
  EXPECT_EQ(v4.ToText(), "0.0.0.0:9464");
  EXPECT_FALSE(v4.ipv6);
  const ListenAddress v6 = ResolveListenAddress("a", "[::1]:0");
  EXPECT_EQ(v6.ToText(), "[::1]:0");
  EXPECT_TRUE(v6.ipv6);
}

TEST(ListenAddressTest, PrefersIpv4ForAName) {
  EXPECT_EQ(ResolveListenAddress("a", "localhost:80").ToText(), "127.0.0.1:80");
}

}  // namespace
}  // namespace tidemill
