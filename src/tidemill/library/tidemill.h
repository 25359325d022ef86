/* Tidemill's library for C and for every language that can call C.
 *
 * A model is loaded once and may be shared by any number of threads; every
 * thread that scores makes a scorer of its own. Scoring is that of `tidemill
 * score` and of the service, to the last bit.
 *
 *   tidemill_model* model = tidemill_model_load("model.bin", &error);
 *   tidemill_scorer* scorer = tidemill_scorer_new(model);
 *   tidemill_text event = {json, strlen(json)};
 *   const tidemill_result* result = tidemill_score(scorer, &event, 1);
 *
 * No function throws or ends the process; NULL for a model or a scorer has no
 * name, no classes and no results. Texts are UTF-8; those that end in a zero
 * say so.
 */
#ifndef TIDEMILL_TIDEMILL_H_
#define TIDEMILL_TIDEMILL_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define TIDEMILL_API
#else
#define TIDEMILL_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a caller that was compiled before would misread what it gets. */
#define TIDEMILL_ABI 1

typedef struct tidemill_model tidemill_model;
typedef struct tidemill_scorer tidemill_scorer;

/* Bytes that somebody else owns; data is NULL when there is no text. */
typedef struct tidemill_text {
  const char* data;
  size_t size;
} tidemill_text;

/* What went wrong, zero-terminated; cut when it is longer. */
typedef struct tidemill_error {
  char text[1024];
} tidemill_error;

typedef enum tidemill_task {
  TIDEMILL_REGRESSION = 0,
  TIDEMILL_BINARY = 1,
  TIDEMILL_MULTICLASS = 2
} tidemill_task;

/* What became of one event. Pointers are the scorer's, until it scores again
 * or is freed. */
typedef struct tidemill_result {
  /* Zero-terminated names from closed sets, and a sentence; NULL when the
   * event was scored. All that follows means nothing when they are set. */
  const char* error_stage;
  const char* error_reason;
  const char* error_detail;
  double score;           /* P(label), or a value; NaN beside an error */
  tidemill_text label;    /* of a classification, else without data */
  tidemill_text event_id; /* without data when the event has none */
  int64_t event_time_us;  /* since 1970 UTC, when has_event_time */
  int32_t has_event_time;
  int32_t probability_count;   /* of more than two classes, else 0 */
  const double* probabilities; /* in the order of the classes */
} tidemill_result;

/* TIDEMILL_ABI of the library that is running. */
TIDEMILL_API int32_t tidemill_abi(void);
/* "0.1.0", zero-terminated. */
TIDEMILL_API const char* tidemill_version(void);

/* Reads a model.bin, checks it as hostile and recomputes its verification
 * rows. NULL on failure, with the reason in *error unless error is NULL. */
TIDEMILL_API tidemill_model* tidemill_model_load(const char* path,
                                                 tidemill_error* error);
/* The same from memory, which may be freed afterwards. */
TIDEMILL_API tidemill_model* tidemill_model_read(const void* bytes, size_t size,
                                                 tidemill_error* error);
/* Scorers made of it live on. NULL is admissible. */
TIDEMILL_API void tidemill_model_free(tidemill_model* model);

/* Texts are the model's. */
TIDEMILL_API tidemill_text tidemill_model_name(const tidemill_model* model);
/* Of the file: 64 hexadecimal digits. */
TIDEMILL_API tidemill_text tidemill_model_sha256(const tidemill_model* model);
TIDEMILL_API tidemill_task tidemill_model_task(const tidemill_model* model);
/* Classes of a classification, in the order of their probabilities; a binary
 * model has the negative and then the positive one. 0 of a regression. */
TIDEMILL_API size_t tidemill_model_class_count(const tidemill_model* model);
/* Without data when there is no such class. */
TIDEMILL_API tidemill_text tidemill_model_class(const tidemill_model* model,
                                                size_t index);

/* NULL when memory is out, or for a model that is NULL. */
TIDEMILL_API tidemill_scorer* tidemill_scorer_new(const tidemill_model* model);
TIDEMILL_API void tidemill_scorer_free(tidemill_scorer* scorer);

/* Scores events, one JSON object each: `count` results, in order. A batch
 * gives the bits that its events give one by one. NULL when count is 0, or
 * when memory is out. */
TIDEMILL_API const tidemill_result* tidemill_score(tidemill_scorer* scorer,
                                                   const tidemill_text* events,
                                                   size_t count);

/* The prediction for one of the last events as `tidemill score` writes it,
 * without a line's end; `id` names the event ("events.jsonl/0/17"). Without
 * data when that event was not scored. The text is the scorer's until its
 * next call. */
TIDEMILL_API tidemill_text tidemill_prediction(tidemill_scorer* scorer,
                                               size_t index, tidemill_text id);

#ifdef __cplusplus
}
#endif

#endif /* TIDEMILL_TIDEMILL_H_ */
