/*
 * memory.h
 *		Arrays that may be larger than 1 GB, and loops over them.
 *
 * IDENTIFICATION
 *		src/base/memory.h
 */
#ifndef ECOSYSTEM_MEMORY_H
#define ECOSYSTEM_MEMORY_H

#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"

/* Every so many steps of a loop, of which there may be millions */
static inline void
check_for_interrupts_at(int64 step)
{
	if ((step & 0xFFFF) == 0xFFFF)
		CHECK_FOR_INTERRUPTS();
}

extern Size array_size(Size elements, Size element_size);
extern void *allocate_array(Size elements, Size element_size);
extern void *allocate_array_in(MemoryContext context, Size elements,
							   Size element_size);
extern void *allocate_zeros(Size elements, Size element_size);
extern void *grow_array(MemoryContext context, void *array, Size *room,
						Size wanted, Size element_size);
pg_noreturn extern void refuse_array(void);
extern void advise_huge_pages(void *memory, Size size);
extern void forget_pages(void *memory, Size size);

/*
 * Makes an array, which begins as NULL with room for 0, large enough for that
 * many elements.  It doubles, so that growing by one costs the same however
 * many there are.  The room is a variable of any integer type.
 */
#define MAKE_ROOM(context, array, room, wanted)                           \
	do                                                                    \
	{                                                                     \
		if (unlikely((Size) (wanted) > (Size) (room)))                    \
		{                                                                 \
			Size room_ = (Size) (room);                                   \
                                                                          \
			(array) = grow_array(context, array, &room_, (Size) (wanted), \
								 sizeof(*(array)));                       \
			(room) = room_;                                               \
			if ((Size) (room) != room_)                                   \
				refuse_array();                                           \
		}                                                                 \
	} while (0)

#endif /* ECOSYSTEM_MEMORY_H */
