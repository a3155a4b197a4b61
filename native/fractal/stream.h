// The code of a plane, and its drawing. Neither depends on the instruction set.
#pragma once

#include <string>
#include <vector>

#include "leaves.h"

namespace subband {

/// Leaves by way of `index`, (height / 4, width / 4), which has a leaf's number at its first cell and −1 elsewhere.
std::string write_plane(const PlaneHeader& header, Leaf* leaves, Index count, const std::int32_t* index, Index cells);

std::vector<Leaf> read_plane(const PlaneHeader& header, const char* data, std::size_t size);

/// Throws std::invalid_argument where a leaf or its domain is beyond the plane.
int draw_plane(const Drawing& drawing, const Leaf* leaves, Index count, std::int16_t* out);

}  // namespace subband
