package app

import (
	"container/heap"
	"time"
)

// agenda holds what is to be done later, earliest first; of the same time, first added first.
type agenda struct {
	items []item
	added uint64
}

type item struct {
	at  time.Time
	seq uint64
	do  func()
}

func (g *agenda) add(at time.Time, do func()) {
	g.added++
	heap.Push(g, item{at, g.added, do})
}

// run does what is due at now and returns how long until the next; a long time if there is none.
func (g *agenda) run(now time.Time) time.Duration {
	for len(g.items) > 0 {
		if next := g.items[0].at; next.After(now) {
			return next.Sub(now)
		}
		heap.Pop(g).(item).do()
	}
	return time.Hour
}

// The methods of heap.Interface.

func (g *agenda) Len() int      { return len(g.items) }
func (g *agenda) Swap(i, j int) { g.items[i], g.items[j] = g.items[j], g.items[i] }
func (g *agenda) Push(x any)    { g.items = append(g.items, x.(item)) }

func (g *agenda) Less(i, j int) bool {
	a, b := g.items[i], g.items[j]
	return a.at.Before(b.at) || a.at.Equal(b.at) && a.seq < b.seq
}

func (g *agenda) Pop() any {
	last := len(g.items) - 1
	x := g.items[last]
	g.items[last] = item{} // or the slice would keep its closure
	g.items = g.items[:last]
	return x
}
