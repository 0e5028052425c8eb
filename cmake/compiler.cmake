# What every target is compiled with, and the compilers that are refused.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14.3)
  message(FATAL_ERROR "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines without a warning "
                      "(GCC bug 102051 and others; docs/traps/gcc-coroutines.md). Use clang++-19: cmake --preset release")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(BASCULE_WERROR "warnings are errors" OFF)
option(BASCULE_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(BASCULE_THREADS "ThreadSanitizer" OFF)
option(BASCULE_FUZZ "build the fuzz targets (libFuzzer)" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wno-c++20-designator
                    -fstack-protector-strong -fstack-clash-protection -fcf-protection)
if(BASCULE_WERROR)
  add_compile_options(-Werror)
endif()
if(BASCULE_SANITIZE)
  # Not vptr: that check opens a pipe to look at memory, and takes "no descriptor left" for a bad object.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(BASCULE_THREADS)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
else()
  add_compile_options($<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=3> -D_GLIBCXX_ASSERTIONS)
endif()
if(BASCULE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now -pie)
add_link_options(-Wl,--as-needed)  # a library of which nothing is used is not one that users must install

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# bascule_library(NAME SOURCES ... USES ...): the static library of one folder.
function(bascule_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;OWNS" ${ARGN})
  add_library(bascule_${name} STATIC ${ARG_SOURCES})
  target_include_directories(bascule_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(bascule_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_OWNS})
endfunction()
