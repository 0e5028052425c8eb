#pragma once

#include "http/h1/head.h"

namespace bascule::proxy {

/// A plain HTTP request that an explicit listener got in absolute-form.
struct PlainRequest {
    http::RequestHead head;
    http::AbsoluteTarget target;
};

}  // namespace bascule::proxy
