/* Scores the JSON lines on standard input, each alone: score_one_by_one MODEL < EVENTS */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <tidemill/tidemill.h>

static void score_line(tidemill_scorer* scorer, char* line, size_t size,
                       unsigned long number) {
  const tidemill_text event = {line, size};
  const tidemill_result* result = tidemill_score(scorer, &event, 1);
  if (result == NULL) {
    fputs("score_one_by_one: out of memory\n", stderr);
    exit(70);
  }
  if (result->error_stage != NULL) {
    fprintf(stderr, "line %lu: %s: %s\n", number, result->error_reason,
            result->error_detail);
    return;
  }
  char id[32];
  const int id_size = snprintf(id, sizeof id, "-/0/%lu", number);
  const tidemill_text name = {id, (size_t)id_size};
  const tidemill_text prediction = tidemill_prediction(scorer, 0, name);
  fwrite(prediction.data, 1, prediction.size, stdout);
  putchar('\n');
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fputs("usage: score_one_by_one MODEL < EVENTS\n", stderr);
    return 64;
  }
  tidemill_error error;
  tidemill_model* model = tidemill_model_load(argv[1], &error);
  if (model == NULL) {
    fprintf(stderr, "score_one_by_one: %s\n", error.text);
    return 65;
  }
  tidemill_scorer* scorer = tidemill_scorer_new(model);
  if (scorer == NULL) return 70;
  char* line = NULL;
  size_t room = 0;
  unsigned long number = 0;
  ssize_t size = 0;
  while ((size = getline(&line, &room, stdin)) >= 0) {
    if (size > 0 && line[size - 1] == '\n') --size;
    score_line(scorer, line, (size_t)size, number++);
  }
  free(line);
  tidemill_scorer_free(scorer);
  tidemill_model_free(model);
  return 0;
}
