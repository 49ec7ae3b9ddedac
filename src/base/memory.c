/*
 * memory.c
 *		Arrays that may be larger than 1 GB.
 *
 * IDENTIFICATION
 *		src/base/memory.c
 */
#include "postgres.h"

#ifndef WIN32
#include <sys/mman.h>
#endif

#include "utils/memutils.h"

#include "base/memory.h"

/* The bytes from which on huge pages are worth asking for */
#define HUGE_ARRAY ((Size) 4 * 1024 * 1024)

#define FIRST_ROOM 16

/* Bytes that are cleared between two looks at interrupts */
#define CLEARED_AT_A_TIME ((Size) 1024 * 1024)

void
refuse_array(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many rows to keep in memory")));
}

Size
array_size(Size elements, Size element_size)
{
	if (elements > MaxAllocHugeSize / element_size)
		refuse_array();
	return elements * element_size;
}

/*
 * In huge pages a large array is there sooner, and sooner gone: nothing can
 * stop the freeing of memory when a query is cancelled.
 */
void *
allocate_array_in(MemoryContext context, Size elements, Size element_size)
{
	Size size = Max(array_size(elements, element_size), 1);
	void *array = MemoryContextAllocHuge(context, size);

	if (size >= HUGE_ARRAY)
		advise_huge_pages(array, size);
	return array;
}

void *
allocate_array(Size elements, Size element_size)
{
	return allocate_array_in(CurrentMemoryContext, elements, element_size);
}

/*
 * Of zeros, piece by piece: the kernel may take long to give what has not been
 * used before.
 */
void *
allocate_zeros(Size elements, Size element_size)
{
	Size size = array_size(elements, element_size);
	char *zeros = allocate_array(Max(size, 1), 1);

	for (Size done = 0; done < size; done += CLEARED_AT_A_TIME)
	{
		CHECK_FOR_INTERRUPTS();
		memset(zeros + done, 0, Min(size - done, CLEARED_AT_A_TIME));
	}
	return zeros;
}

/* For MAKE_ROOM(). */
void *
grow_array(MemoryContext context, void *array, Size *room, Size wanted,
		   Size element_size)
{
	*room = Max(Max(*room * 2, FIRST_ROOM), wanted);
	if (array == NULL)
		return allocate_array_in(context, *room, element_size);
	return repalloc_huge(array, array_size(*room, element_size));
}

/*
 * Asks the kernel to back large memory with huge pages, where it does so on
 * request only; then there is one fault for 2 MB and not one for 4 kB.
 */
void
advise_huge_pages(void *memory, Size size)
{
#ifdef MADV_HUGEPAGE
	const Size page = 2 * 1024 * 1024;
	uintptr_t start = TYPEALIGN(page, (uintptr_t) memory);
	uintptr_t end = TYPEALIGN_DOWN(page, (uintptr_t) memory + size);

	/* It is advice: where it is not heeded nothing is lost. */
	if (start < end)
		(void) madvise((void *) start, end - start, MADV_HUGEPAGE);
#endif
}

/*
 * Gives the kernel what whole pages hold, though the memory stays allocated: it
 * may hold anything when it is used again.  An allocator gives back what is
 * freed when it sees fit, which may be never.
 */
void
forget_pages(void *memory, Size size)
{
#ifdef MADV_DONTNEED
	/* It is advice, too. */
	(void) madvise(memory, size, MADV_DONTNEED);
#endif
}
