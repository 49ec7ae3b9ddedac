/*
 * removal_effect_matrix.c
 *		What is won without each partner, by way of a matrix.
 *
 * Where a chain has few states, and most of them lead to most others or will
 * once some have been eliminated, as with paths of order one, a matrix takes
 * less than lists of edges do.  What is done is the same as in
 * removal_effect.c.
 *
 * IDENTIFICATION
 *		src/credit/removal_effect_matrix.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "credit/removal_effect_chain.h"

#define MAX_DENSE_STATES 2048

/*
 * Of all edges that there could be, from which share on a matrix is faster.
 * Eliminations make many more.
 */
#define DENSE_SHARE 0.03

typedef struct Matrix
{
	int n;
	int stride; /* of a row, in lanes */
	double *rows;
	double *win;
	double *loss;
	double *entry;
	uint64 *partners;
	double won; /* by way of states that are gone */
} Matrix;

static Matrix
make_matrix(int n)
{
	Matrix m;

	m.n = n;
	m.stride = TYPEALIGN(LANES, Max(n, 1));
	m.rows = allocate_array((Size) Max(n, 1) * m.stride, sizeof(double));
	m.win = allocate_array(n, sizeof(double));
	m.loss = allocate_array(n, sizeof(double));
	m.entry = allocate_array(m.stride, sizeof(double));
	m.partners = allocate_array(n, sizeof(uint64));
	memset(m.rows, 0, (Size) Max(n, 1) * m.stride * sizeof(double));
	memset(m.entry, 0, m.stride * sizeof(double));
	return m;
}

bool
is_dense_chain(const Chain *chain)
{
	double edges = 0;

	if (chain->nstates > MAX_DENSE_STATES)
		return false;
	for (int i = START + 1; i < chain->nstates; i++)
		edges += chain->states[i].nedges;
	return edges >= DENSE_SHARE * chain->nstates * chain->nstates;
}

static Matrix
matrix_of(const Chain *chain)
{
	Matrix m = make_matrix(chain->nstates - 1);

	m.won = chain->states[START].win;
	for (int i = 0; i < m.n; i++)
	{
		const State *s = &chain->states[i + 1];

		CHECK_FOR_INTERRUPTS();
		m.win[i] = s->win;
		m.loss[i] = s->loss;
		m.entry[i] = s->entry;
		m.partners[i] = s->partners;
		for (int e = 0; e < s->nedges; e++)
			m.rows[(Size) i * m.stride + s->edges[e].to - 1] =
				s->edges[e].weight;
	}
	return m;
}

static void
eliminate_row(Matrix *m, int v, const bool *gone)
{
	double *row = m->rows + (Size) v * m->stride;
	double out = m->win[v] + m->loss[v];
	double share;

	row[v] = 0;
	for (int i = 0; i < m->n; i++)
		out += row[i];
	share = m->entry[v] / out;
	m->entry[v] = 0;
	m->won += share * m->win[v];
	add_lanes(m->entry, share, row, m->stride);
	for (int u = 0; u < m->n; u++)
	{
		double *from = m->rows + (Size) u * m->stride;

		if (u == v || gone[u] || from[v] == 0)
			continue;
		share = from[v] / out;
		from[v] = 0;
		m->win[u] += share * m->win[v];
		m->loss[u] += share * m->loss[v];
		add_lanes(from, share, row, m->stride);
	}
}

/*
 * A matrix without the states that contain none of the partners first to end
 * - 1, in the current memory context; the one given is used up.
 */
static Matrix
without_others(Matrix *m, int first, int end)
{
	bool *gone = allocate_array(m->n, sizeof(bool));
	int *kept = allocate_array(m->n, sizeof(int));
	Matrix rest;
	int n = 0;

	memset(gone, 0, m->n * sizeof(bool));
	for (int i = 0; i < m->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (contains_any(m->partners[i], first, end))
		{
			kept[n++] = i;
			continue;
		}
		eliminate_row(m, i, gone);
		gone[i] = true;
	}
	rest = make_matrix(n);
	rest.won = m->won;
	for (int i = 0; i < n; i++)
	{
		const double *row = m->rows + (Size) kept[i] * m->stride;

		rest.win[i] = m->win[kept[i]];
		rest.loss[i] = m->loss[kept[i]];
		rest.entry[i] = m->entry[kept[i]];
		rest.partners[i] = m->partners[kept[i]];
		for (int j = 0; j < n; j++)
			rest.rows[(Size) i * rest.stride + j] = row[kept[j]];
	}
	return rest;
}

static Matrix
copy_matrix(const Matrix *m)
{
	Matrix copy = make_matrix(m->n);

	copy.won = m->won;
	memcpy(copy.rows, m->rows, (Size) m->n * m->stride * sizeof(double));
	memcpy(copy.win, m->win, m->n * sizeof(double));
	memcpy(copy.loss, m->loss, m->n * sizeof(double));
	memcpy(copy.entry, m->entry, m->n * sizeof(double));
	memcpy(copy.partners, m->partners, m->n * sizeof(uint64));
	return copy;
}

/* The matrix holds only states with any of the partners. */
static void
win_without_in_matrix(Matrix *m, int first, int end, double deals,
					  double *probabilities)
{
	int middle = first + (end - first) / 2;
	MemoryContext memory;
	MemoryContext caller;
	Matrix copy;
	Matrix half;

	check_stack_depth();
	if (end - first == 1)
	{
		/* Whatever is left has the partner, and loses. */
		probabilities[first] = m->won / deals;
		return;
	}
	memory = AllocSetContextCreate(CurrentMemoryContext, "removal effect",
								   ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(memory);
	copy = copy_matrix(m);
	half = without_others(&copy, first, middle);
	win_without_in_matrix(&half, first, middle, deals, probabilities);
	MemoryContextReset(memory);
	half = without_others(m, middle, end);
	win_without_in_matrix(&half, middle, end, deals, probabilities);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(memory);
}

/* As win_without() in removal_effect.c, but the chain is not changed. */
void
win_without_dense(const Chain *chain, int first, int end,
				  double *probabilities)
{
	Matrix whole = matrix_of(chain);
	Matrix matrix = without_others(&whole, first, end);

	win_without_in_matrix(&matrix, first, end, chain->deals, probabilities);
}
