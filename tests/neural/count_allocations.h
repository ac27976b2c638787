#pragma once

namespace entail::tests {

/// How often this thread has called operator new, which this test program replaces.
long allocations();

}  // namespace entail::tests
