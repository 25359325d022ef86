#include "tidemill/http/router.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemill {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

HttpHandler Say(const std::string& text) {
  return [text](const HttpRequest& request) {
    HttpResponse response{.body = text};
    for (const std::string& parameter : request.parameters) {
      response.body += "," + parameter;
    }
    return response;
  };
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.Add("GET", "/v2/models/{model}", Say("model"));
    router_.Add("POST", "/v2/models/{model}/{verb}", Say("verb"));
    router_.Add("GET", "/v1/score", Say("get"));
    router_.Add("POST", "/v1/score", Say("post"));
  }

  HttpResponse Ask(std::string_view method, std::string_view path) const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    return router_(request);
  }

  Router router_;
};

TEST_F(RouterTest, ChoosesByMethod) {
  EXPECT_EQ(Ask("GET", "/v1/score").body, "get");
  EXPECT_EQ(Ask("POST", "/v1/score").body, "post");
}

TEST_F(RouterTest, TheRootIsAPathOfItsOwn) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  router_.Add("GET", "/", Say("root"));
  EXPECT_EQ(Ask("GET", "/").body, "root");
  EXPECT_EQ(Ask("GET", "/other").status, 404);
  EXPECT_EQ(Ask("GET", "/v2/models/").status, 404);
}

TEST_F(RouterTest, AnswersHeadAsGet) {
  EXPECT_EQ(Ask("HEAD", "/v1/score").body, "get");
}

TEST_F(RouterTest, PassesDecodedPartsOfThePath) {
  EXPECT_EQ(Ask("GET", "/v2/models/a%2Fb%20c").body, "model,a/b c");
  EXPECT_EQ(Ask("POST", "/v2/models/churn/infer").body, "verb,churn,infer");
}

TEST_F(RouterTest, RefusesABadPercentEncoding) {
  for (const char* path : {"/v2/models/%", "/v2/models/%4", "/v2/models/%zz"}) {
    EXPECT_EQ(Ask("GET", path).status, 400) << path;
  }
}

TEST_F(RouterTest, NamesTheKnownPathsForAnUnknownOne) {
  for (const char* path :
       {"/", "/v1", "/v1/score/", "/v1/SCORE", "//v1/score", "/v2/models/",
        "/v2/models/a/b/c", "/v1%2Fscore", ""}) {
    const HttpResponse response = Ask("GET", path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, HasSubstr("/v2/models/{model}"));
  }
}

TEST_F(RouterTest, NamesTheMethodsForAnotherOne) {
  const HttpResponse response = Ask("DELETE", "/v1/score");
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers,
              UnorderedElementsAre(Pair("Allow", "GET, HEAD, POST")));
}

TEST(ProblemTest, IsRfc9457Json) {
  const HttpResponse response = Problem(404, "a \"quoted\"\n\xFF detail");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
            "\"detail\":\"a \\\"quoted\\\"\\n\xEF\xBF\xBD detail\"}");
}

TEST(HttpRequestTest, FindsHeadersWhateverTheirCase) {
  const HttpHeader headers[] = {{"content-TYPE", "text/plain"}};
  HttpRequest request;
  request.headers = headers;
  EXPECT_EQ(request.Header("Content-Type"), "text/plain");
  EXPECT_EQ(request.Header("Content-Typ"), std::nullopt);
}

}  // namespace
}  // namespace tidemill
