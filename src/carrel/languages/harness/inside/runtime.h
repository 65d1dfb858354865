/* What a C or C++ program's harness needs to read calls and to write answers. It includes
 * nothing, so that nothing of it meets the names of a student's program. */
#ifndef CARREL_RUNTIME_H
#define CARREL_RUNTIME_H
#ifdef __cplusplus
extern "C" {
#endif

/* Say that the function can be called. */
void carrel_ready(void);

/* Wait for the next call; the process ends when there is none. */
void carrel_receive(void);

/* Parts of the call, in order. */
char carrel_tag(void);
unsigned carrel_u32(void);
long long carrel_i64(void);
double carrel_f64(void);
const char *carrel_bytes(unsigned size);
char *carrel_text(void); /* without its tag; a copy that ends with NUL and is never freed */
void *carrel_room(unsigned count, unsigned long size); /* memory, never freed */

/* Parts of the answer, in order, and its end. `status` is R or E. */
void carrel_put(char tag);
void carrel_put_u32(unsigned value);
void carrel_put_i64(long long value);
void carrel_put_f64(double value);
void carrel_put_bytes(const char *data, unsigned long size); /* after their length */
void carrel_put_text(const char *text);                      /* with its tag; NULL is none */
void carrel_forget(void);                                    /* begin the answer anew */
void carrel_answer(char status);

#ifdef __cplusplus
}
#endif
#endif
