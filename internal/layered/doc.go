// Package layered draws directed acyclic graphs in layers: every edge points
// the same way, few edges cross, long edges bend little and no edge runs
// through a box that is not its own. It knows nothing but boxes and edges.
//
// [Layout] follows the four steps of Sugiyama, Tagawa and Toda, "Methods for
// Visual Understanding of Hierarchical System Structures" (IEEE Transactions on
// Systems, Man, and Cybernetics, 1981):
//
//  1. ranks: longest path, then nodes move within their slack to shorten edges
//     (the aim of Gansner, Koutsofios, North and Vo, "A Technique for Drawing
//     Directed Graphs", IEEE Transactions on Software Engineering, 1993,
//     without its network simplex);
//  2. order within a rank: median and barycentre sweeps and transposition, as
//     in Gansner et al., keeping the best order seen. Crossings are counted as
//     by Barth, Jünger and Mutzel, "Simple and Efficient Bilayer Cross
//     Counting" (Graph Drawing, 2002);
//  3. coordinates: Brandes and Köpf, "Fast and Simple Horizontal Coordinate
//     Assignment" (Graph Drawing 2001, published 2002), with a longest-path compaction that
//     honours box widths;
//  4. routes: an edge crosses a rank at right angles, in the lane of its dummy
//     node, and moves sideways only between ranks, where there are no boxes.
//
// Everything is deterministic: the same input gives the same bytes. [SVG] and
// [DOT] write the result as text.
//
// A graph of 500 nodes and 2,000 edges takes well under a second. Time and
// memory grow with the number of ranks that edges pass through, which is at most
// edges × ranks; a picture of more than some hundred nodes helps nobody.
package layered
