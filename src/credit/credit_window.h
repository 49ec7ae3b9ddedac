/*
 * credit_window.h
 *		credit(), the window function.
 *
 * IDENTIFICATION
 *		src/credit/credit_window.h
 */
#ifndef ECOSYSTEM_CREDIT_WINDOW_H
#define ECOSYSTEM_CREDIT_WINDOW_H

extern void install_credit_window(void);

#endif /* ECOSYSTEM_CREDIT_WINDOW_H */
