// What the two decoders share.
#pragma once

#include "glide_image.h"

struct glide_picture
{
    glide_read read;
    void *stream;
    int32_t status;      // why the last call failed
    char message[200];
    glide_header header;

    uint8_t start[8];    // the bytes that named the format
    int32_t start_count;

    struct png_state *png;
    struct jpeg_state *jpeg;
};

// Reads until count bytes are there; returns fewer only at the end, -1 when the stream failed.
int64_t read_fully(glide_picture *picture, uint8_t *buffer, int64_t count);
void fail(glide_picture *picture, int32_t status, const char *message);
void copy_message(char *destination, int32_t size, const char *message);

int32_t open_png(glide_picture *picture, bool skip_pixels);
int32_t read_png(glide_picture *picture, uint8_t *pixels, int32_t channels);
void close_png(glide_picture *picture);

int32_t open_jpeg(glide_picture *picture);
int32_t read_jpeg(glide_picture *picture, uint8_t *pixels, int32_t channels);
const uint8_t *jpeg_exif(const glide_picture *picture, int64_t *length);
void close_jpeg(glide_picture *picture);

int32_t png_text_count(const glide_picture *picture);
void png_text_at(const glide_picture *picture, int32_t index, glide_text *text);
const uint8_t *png_exif(const glide_picture *picture, int64_t *length);
